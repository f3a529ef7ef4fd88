"""Intensities that go into expression codes, and that codes stand for.

In NumPy: what asks for them need not start Keras.
"""

import numpy as np

from exprgan_tf.errors import UserError


def near_intensity(intensity, noise):
    """|z_y| where intensities are labelled: within 0.1 of them.

    Args:
        intensity: numbers in [0, 1] that go with the noise.
        noise: z_y from U(-1, 1), an array of NumPy.

    Returns:
        float32 array like the noise, in [0, 1].
    """
    return np.clip(intensity + 0.1 * noise, 0.0, 1.0).astype("float32")


def class_shares(code, count):
    """How much of each expression a code shows.

    Args:
        code: `[K d]` in [-1, 1]; what lies outside counts as the border.
        count: K.

    Returns:
        float `[K]` in [0, 1].

    Raises:
        UserError: for numbers that do not part into K.
    """
    if not len(code) or len(code) % count:
        raise UserError(
            f"A code has as many numbers for each of {count} expressions, "
            f"not {len(code)} in all"
        )
    blocks = np.reshape(np.clip(code, -1.0, 1.0), (count, -1))
    return (blocks.mean(axis=1) + 1.0) / 2.0
