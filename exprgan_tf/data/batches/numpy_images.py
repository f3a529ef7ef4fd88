"""Decoding and changing images as the tf.data pipeline does, in NumPy."""

import io

import numpy as np
from PIL import Image

from exprgan_tf.data.batches.changes import recolored, stretched
from exprgan_tf.pictures.levels import to_floats


def decode_image(encoded, config):
    """A float32 image `[s, s, 3]` in [-1, 1] from an encoded one."""
    with Image.open(io.BytesIO(encoded)) as image:
        image = np.asarray(image.convert("RGB"), "float32")
    if config.pixel_normalization == "min_max":
        low, high = image.min(), image.max()
        image = (image - low) * np.float32(255.0) / max(high - low, 1.0)
    size = config.image_size
    if image.shape[:2] != (size, size):
        rows, columns = (_by_area(side, size) for side in image.shape[:2])
        image = _along_both(image, rows, columns)
    return to_floats(image)


def changed(image, draws):
    """A stretched, shifted and colored copy of an image.

    Args:
        image: `[s, s, 3]` in [-1, 1].
        draws: `[10]`, see `stretched`.
    """
    size = image.shape[0]
    scale, shift = stretched(draws, size)
    image = _along_both(
        image,
        _linear(scale[1] * np.arange(size) + shift[1]),
        _linear(scale[0] * np.arange(size) + shift[0]),
    )
    return np.clip(recolored(image, draws), -1, 1).astype("float32")


def _along_both(image, rows, columns):
    """A separable resampling: `rows [y, h]`, `columns [x, w]`."""
    image = np.tensordot(rows, image, axes=(1, 0))
    return np.einsum("xw,ywc->yxc", columns, image, optimize=True)


def _by_area(old, new):
    """The matrix `[new, old]` of means over the area of each new pixel."""
    ratio = old / new
    low = np.arange(new)[:, None] * ratio
    place = np.arange(old)[None, :]
    overlap = np.minimum(low + ratio, place + 1) - np.maximum(low, place)
    return (np.maximum(overlap, 0) / ratio).astype("float32")


def _linear(positions):
    """The matrix `[n, n]` that interpolates at positions, edges continued."""
    count = len(positions)
    positions = np.clip(positions, 0, count - 1)[:, None]
    distance = np.abs(positions - np.arange(count)[None, :])
    return np.maximum(1.0 - distance, 0).astype("float32")
