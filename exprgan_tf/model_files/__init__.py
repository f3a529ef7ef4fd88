"""Models as files: one a model, whole, in 32 or 16 bits."""
