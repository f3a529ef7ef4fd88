"""Expression codes: what the decoder is told about the expression.

A code c has K blocks of d numbers in [-1, 1], one block an expression class.
The block of an expression that is present is positive, every other block is
negative, and absolute values tell the intensity (Eq. 3).
"""

from keras import ops


def expression_code(labels, noise, form="eq3"):
    """Eq. 3, the controller F_ctrl: c_i = |z_y| (2 y_i - 1).

    Args:
        labels: float `[n, K]`, one-hot y.
        noise: float `[n, d]`, z_y from U(-1, 1).
        form: "eq3", or "anchored" for c_i = 2 |z_y| y_i - 1: absent
            expressions stay at -1, so that the codes of an edit (Fig. 2 and
            3) are among those of the training.

    Returns:
        float `[n, K d]`.
    """
    present = ops.convert_to_tensor(labels)[:, :, None]
    strength = ops.abs(noise)[:, None, :]
    if form == "eq3":
        code = (2.0 * present - 1.0) * strength
    else:
        code = 2.0 * present * strength - 1.0
    return ops.reshape(code, (-1, labels.shape[1] * noise.shape[1]))


def label_code(labels, code_size):
    """What the baselines take: +1 for the class, -1 for the others.

    It is the code of a full edit.

    Args:
        labels: one-hot `[n, K]`.
        code_size: d.

    Returns:
        float32 `[n, K d]`.
    """
    return ops.repeat(2.0 * labels - 1.0, code_size, axis=1)


def edit_code(expressions, intensities, num_classes, code_size):
    """The code of an expression at a scalar intensity.

    Intensity 0 is neutral, every element at -1 (Fig. 3). Intensity 1 is the
    code of Fig. 2, with the wanted block at +1. In between the wanted block
    runs linearly from -1 to +1; the others stay at -1.

    Args:
        expressions: int `[n]`, class indices.
        intensities: float `[n]` in [0, 1].
        num_classes: K.
        code_size: d.

    Returns:
        float32 `[n, K d]`.
    """
    chosen = ops.one_hot(expressions, num_classes, dtype="float32")
    intensities = ops.convert_to_tensor(intensities, dtype="float32")
    blocks = 2.0 * chosen * intensities[:, None] - 1.0
    return ops.repeat(blocks, code_size, axis=1)


def mixed_code(codes, intensities):
    """One code of several: what each adds to neutral, added up.

    One code at intensity w runs from neutral (0) to itself (1), as in
    `edit_code`; the blocks of different expressions do not touch each other.

    Args:
        codes: float `[m, K d]` in [-1, 1], of `edit_code` or Q.
        intensities: float `[m]` in [0, 1].

    Returns:
        float32 `[K d]` in [-1, 1]; neutral when there are none.
    """
    codes = ops.convert_to_tensor(codes, dtype="float32")
    intensities = ops.convert_to_tensor(intensities, dtype="float32")
    added = ops.sum((codes + 1.0) * intensities[:, None], axis=0)
    return ops.clip(added - 1.0, -1.0, 1.0)


def neutral_code(count, num_classes, code_size):
    """`count` codes with every element at -1, float32 `[count, K d]`."""
    return -ops.ones((count, num_classes * code_size), dtype="float32")


def level_codes(expression, num_classes, code_size):
    """Fig. 3: one element of the wanted block at +1, all others at -1.

    Args:
        expression: class index.
        num_classes: K.
        code_size: d.

    Returns:
        float32 `[d, K d]`, row j with element j of the block at +1.
    """
    first = expression * code_size
    positions = ops.arange(first, first + code_size)
    at_one = ops.one_hot(
        positions, num_classes * code_size, dtype="float32"
    )
    return 2.0 * at_one - 1.0
