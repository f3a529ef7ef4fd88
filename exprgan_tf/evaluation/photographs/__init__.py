"""Measuring edits of photographs of people, for which there is no truth."""
