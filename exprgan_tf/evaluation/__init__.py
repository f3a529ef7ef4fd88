"""Measuring what a model does to faces it has not seen."""
