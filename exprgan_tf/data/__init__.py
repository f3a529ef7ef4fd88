"""Data sets: how they lie on disk, and how they become batches."""
