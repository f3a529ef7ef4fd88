"""Motions at the scale of pictures, as bytes for files and records.

Four half floats a pixel, compressed: displacement in pixels (x, y), ratio,
and the mask of what was rendered; what is shown at p was at p + displacement.
"""

import zlib

import numpy as np
from scipy import ndimage

from exprgan_tf.errors import UserError

CHANNELS = 4
_TYPE = np.dtype("<f2")
# Places a side of a pixel at which a motion is read.
_SAMPLES = 2


def encode_motion(values):
    """The bytes of float `[s, s, 4]`."""
    return zlib.compress(np.ascontiguousarray(values, _TYPE).tobytes(), 6)


def decode_motion(data, name="motion"):
    """float32 `[s, s, 4]` of what `encode_motion` gave.

    Raises:
        UserError: when it is something else.
    """
    try:
        flat = np.frombuffer(zlib.decompress(data), _TYPE)
    except (zlib.error, ValueError):
        raise UserError(f"{name} is no motion, or is cut off") from None
    side = round((len(flat) / CHANNELS) ** 0.5)
    if side < 1 or len(flat) != CHANNELS * side**2:
        raise UserError(f"{name} is no motion of a square picture")
    values = flat.reshape(side, side, CHANNELS).astype("float32")
    if not np.isfinite(values).all():
        raise UserError(f"{name} has values that are not finite")
    return values


def read_motion(path):
    """`decode_motion` of a file.

    Raises:
        UserError: naming it, when it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    return decode_motion(data, path)


def resize_motion(values, side):
    """The motion `[s, s, 4]` of the same picture with another side."""
    old = len(values)
    if old == side:
        return values
    if old % side == 0:
        whole = old // side
        read = values.reshape(side, whole, side, whole, CHANNELS).mean((1, 3))
        read[..., :2] /= whole
        return read
    samples = _SAMPLES * max(old // side, 1)
    places = ((np.arange(side * samples) + 0.5) / samples) * old / side - 0.5
    grid = np.meshgrid(places, places, indexing="ij")
    read = np.stack([
        ndimage.map_coordinates(plane, grid, order=1, mode="nearest")
        for plane in np.moveaxis(values, -1, 0)
    ], -1).reshape(side, samples, side, samples, CHANNELS).mean((1, 3))
    read[..., :2] *= side / old
    return read
