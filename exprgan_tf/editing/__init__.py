"""Edits: of photographs and films, transfers, new faces."""
