"""What augmentation makes of its draws, for tensors and arrays alike."""

# Two scales, two shifts, a gain and an offset for each color.
CHANGES = 10
# Far from the seeds of noise, so that flips are independent of it.
OTHER_DRAWS = 1 << 40


def stretched(draws, size):
    """Where the pixels of a changed image come from, for x and y.

    Args:
        draws: `[10]` from U(-1, 1) times a strength in [0, 1].
        size: side of the image in pixels.

    Returns:
        `(scale, shift)`, two numbers each: pixel i comes from
        scale * i + shift.
    """
    center = (size - 1) / 2
    scale = 1.0 + 0.08 * draws[:2]
    return scale, center * (1.0 - scale) + 0.02 * size * draws[2:4]


def recolored(image, draws):
    """An image `[s, s, 3]` in [-1, 1] in another light, perhaps beyond it."""
    # Most of a change of light is common to the three colors.
    gain = 1.0 + 0.1 * draws[4] + 0.04 * draws[4:7]
    offset = 0.06 * draws[7] + 0.03 * draws[7:10]
    return (image + 1.0) * gain - 1.0 + offset
