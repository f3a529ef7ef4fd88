"""A motion as one picture of its face has it, for networks to learn."""

import numpy as np

from exprgan_tf.animation.fields import sample
from exprgan_tf.data.motions import CHANNELS

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
