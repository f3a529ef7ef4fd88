"""Pictures made of pictures and of how they change."""

import numpy as np
from keras import ops


def compose(images, displacement, ratio, mask, colours):
    """The pictures that a motion makes of others, of any size.

    Args:
        images: `[n, h, h, 3]` in [-1, 1].
        displacement: `[n, ., ., 2]`, shares of the side (x, y).
        ratio: `[n, ., ., 1]`, by which brightness is multiplied.
        mask: `[n, ., ., 1]`, 0 to 1, the share of `colours`.
        colours: `[n, ., ., 3]` in [-1, 1].

    Returns:
        `[n, h, h, 3]` in [-1, 1]; exactly the images where nothing changes.
        Every map is enlarged to the images' size.
    """
    side = images.shape[1]
    displacement, ratio, mask, colours = (
        enlarged(part, side) for part in (displacement, ratio, mask, colours)
    )
    moved = warp(images, displacement)
    # A ratio of 1 adds nothing at all.
    lit = ops.clip(moved + (moved + 1.0) * (ratio - 1.0), -1.0, 1.0)
    return lit + mask * (colours - lit)


def warp(images, displacement):
    """Bilinear values of images `[n, h, w, c]`, each pixel from elsewhere.

    Args:
        images: no gradient is taken for them.
        displacement: `[n, h, w, 2]`, shares of the side (x, y); places
            outside are those of the border.
    """
    count, (height, width, channels) = ops.shape(images)[0], images.shape[1:]
    columns = ops.arange(width, dtype="float32")[None, None, :, None]
    rows = ops.arange(height, dtype="float32")[None, :, None, None]
    x, y = ops.split(displacement, 2, axis=-1)
    x = ops.clip(columns + x * width, 0.0, width - 1.0)
    y = ops.clip(rows + y * height, 0.0, height - 1.0)
    left, top = (ops.stop_gradient(ops.floor(place)) for place in (x, y))
    across, down = x - left, y - top
    # A pixel with its three neighbours is fetched at once; those behind the
    # last row and column have no weight.
    right = ops.roll(images, -1, axis=2)
    four = ops.concatenate([
        images, right, ops.roll(images, -1, axis=1),
        ops.roll(right, -1, axis=1),
    ], axis=-1)
    first = ops.arange(count, dtype="int32")[:, None, None] * height * width
    index = first + ops.cast(top * width + left, "int32")[..., 0]
    four = ops.take(
        ops.reshape(four, (-1, 4 * channels)), index, axis=0
    )
    high_left, high_right, low_left, low_right = ops.split(four, 4, axis=-1)
    high = high_left + across * (high_right - high_left)
    low = low_left + across * (low_right - low_left)
    return high + down * (low - high)


def linear(old, new):
    """The matrix `[new, old]` of linear interpolation of pixel centres."""
    places = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    return np.maximum(1.0 - np.abs(places[:, None] - np.arange(old)), 0.0)


def cubic(old, new):
    """That of cubic splines: smooth, and through every value.

    Beyond the edge the values go on mirrored.
    """
    places = (np.arange(new) + 0.5) * old / new - 0.5
    known = np.arange(-old, 2 * old)
    spline = _spline(places[:, None] - known)
    through = _spline(np.arange(old)[:, None] - known)
    # Of each coefficient beyond the edge, the one that it mirrors.
    mirrored = np.concatenate([
        np.arange(old)[::-1], np.arange(old), np.arange(old)[::-1]
    ])
    folded = np.eye(old)[mirrored]
    return (spline @ folded) @ np.linalg.inv(through @ folded)


def _spline(distance):
    """The cubic B-spline."""
    near = np.abs(distance)
    return np.where(
        near < 1, 2 / 3 - near**2 + near**3 / 2,
        np.maximum(2 - near, 0) ** 3 / 6,
    )


def enlarged(maps, side, between=linear):
    """Maps `[n, t, t, k]` as `[n, side, side, k]`, the same on every backend.

    Args:
        between: `linear` or `cubic`.
    """
    old = maps.shape[1]
    if old == side:
        return maps
    weights = ops.convert_to_tensor(between(old, side), dtype=maps.dtype)
    rows = ops.einsum("yh,nhwc->nywc", weights, maps)
    return ops.einsum("xw,nywc->nyxc", weights, rows)
