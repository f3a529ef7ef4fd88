"""Motions at the scale of pictures, as bytes for files and records.

Four half floats a pixel, compressed: displacement in pixels (x, y), ratio,
and the mask of what was rendered; what is shown at p was at p + displacement.
"""

import zlib

import numpy as np

from exprgan_tf.animation.fields import sample
from exprgan_tf.errors import UserError

CHANNELS = 4
_TYPE = np.dtype("<f2")
# Places a side of a pixel at which the motion is read.
_SAMPLES = 2


def motion_of_picture(motion, transform, side):
    """A motion as the picture of an aligned face has it.

    Args:
        motion: a `Motion`.
        transform: `[2, 3]`, from the photograph to the picture.
        side: of the picture, pixels.

    Returns:
        float32 `[side, side, 4]`: displacement in pixels of the picture,
        ratio, mask.
    """
    def whole(matrix):
        return np.vstack([matrix, [0.0, 0.0, 1.0]])

    to_frame = whole(motion.transform) @ np.linalg.inv(whole(transform))
    places = (np.arange(side * _SAMPLES) + 0.5) / _SAMPLES - 0.5
    x, y = (part.ravel() for part in np.meshgrid(places, places))
    in_frame = to_frame[:2, :2] @ np.stack([x, y]) + to_frame[:2, 2:]
    values = np.concatenate([
        motion.displacement @ np.linalg.inv(
            to_frame[:2, :2]
        ).T.astype("float32"),
        motion.ratio[..., None], motion.mask[..., None],
    ], -1)
    read = sample(values, *in_frame)
    return read.reshape(side, _SAMPLES, side, _SAMPLES, CHANNELS).mean((1, 3))


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
    samples = _SAMPLES * max(old // side, 1)
    places = ((np.arange(side * samples) + 0.5) / samples) * old / side - 0.5
    x, y = (part.ravel() for part in np.meshgrid(places, places))
    read = sample(values, x, y).reshape(
        side, samples, side, samples, CHANNELS
    ).mean((1, 3))
    read[..., :2] *= side / old
    return read
