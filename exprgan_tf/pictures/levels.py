"""Bytes of pictures and the numbers that networks take."""

import numpy as np


def to_floats(picture):
    """From bytes (or floats from 0 to 255) to float32 in [-1, 1], any shape."""
    return np.asarray(picture, "float32") / np.float32(127.5) - np.float32(1)


def to_uint8(images):
    """From floats in [-1, 1] to uint8, of any shape."""
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype("uint8")
