"""Smooth fields on the grid of pixels."""

import numpy as np
from PIL import Image
from scipy import ndimage


def blur(image, sigma):
    """Gaussian blur of float32 `[h, w]` or `[h, w, k]`."""
    sigmas = (sigma, sigma) + (0,) * (image.ndim - 2)
    return ndimage.gaussian_filter(image, sigmas, mode="nearest", truncate=3)


def reach_of(sigma):
    """How far a blur looks, pixels."""
    return int(3 * sigma + 0.5)


def box_around(mask, room):
    """Rows and columns around what a mask shows: two slices.

    Args:
        mask: bool `[h, w]`.
        room: pixels on each side, as far as there are any.
    """
    box = []
    for axis in (1, 0):
        found = np.flatnonzero(mask.any(axis=axis))
        low, high = (found[0], found[-1] + 1) if len(found) else (0, 0)
        box.append(slice(max(low - room, 0), high + room))
    return tuple(box)


def extend(values, known, reach):
    """Values where none are known: smooth, and 0 far away.

    By a pyramid: what is unknown at one level is the next coarser level's,
    enlarged. At the level whose cells are `reach` wide, zeros join in.

    Args:
        values: float32 `[h, w, k]`.
        known: bool `[h, w]`.
        reach: pixels.

    Returns:
        float32 `[h, w, k]`; `values` where they are known.
    """
    weight = known.astype("float32")
    levels = [(values * weight[..., None], weight)]
    cell = 1
    while min(weight.shape) > 4 and cell < 8 * reach:
        total, weight = (_halved(part) for part in levels[-1])
        cell *= 2
        # Zeros count as much as so many known pixels of a cell.
        weight = weight + 0.1 * (cell / reach) ** 2
        levels.append((total, weight))
    total, weight = levels[-1]
    filled = total / np.maximum(weight, 1e-6)[..., None]
    for total, weight in reversed(levels[:-1]):
        coarse = _doubled(filled, weight.shape)
        # One known pixel of a cell is enough to trust it.
        share = np.minimum(4 * weight, 1.0)[..., None]
        own = total / np.maximum(weight, 1e-6)[..., None]
        filled = share * own + (1 - share) * coarse
    return filled


def _halved(image):
    """Sums of 2 x 2 pixels, over 4 once they are full."""
    height, width = image.shape[:2]
    pad = [(0, height % 2), (0, width % 2)] + [(0, 0)] * (image.ndim - 2)
    image = np.pad(image, pad)
    return 0.25 * (
        image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2]
        + image[1::2, 1::2]
    )


def _doubled(image, shape):
    """Twice as large, linearly between the cells' centres."""
    for axis, size in enumerate(shape):
        place = np.clip(
            (np.arange(size) + 0.5) / 2 - 0.5, 0, image.shape[axis] - 1
        )
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, image.shape[axis] - 1)
        share = (place - low).astype("float32")
        share = share.reshape((-1,) + (1,) * (image.ndim - axis - 1))
        image = (
            np.take(image, low, axis) * (1 - share)
            + np.take(image, high, axis) * share
        )
    return image


def sample(image, x, y):
    """Bilinear values of `[h, w]` or `[h, w, k]` at positions `[n]`."""
    height, width = image.shape[:2]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left = np.minimum(x.astype(int), width - 2)
    top = np.minimum(y.astype(int), height - 2)
    across = (x - left).astype("float32")
    down = (y - top).astype("float32")
    if image.ndim == 3:
        across, down = across[:, None], down[:, None]
    # One index a pixel is read several times faster than two.
    flat = np.reshape(image, (height * width, *image.shape[2:]))
    first = top * width + left
    upper, upper_right, lower, lower_right = (
        flat.take(first + step, axis=0)
        for step in (0, 1, width, width + 1)
    )
    upper = upper * (1 - across) + upper_right * across
    lower = lower * (1 - across) + lower_right * across
    return upper * (1 - down) + lower * down


def crop(picture, size, transform):
    """What a transform leads to, for looking at; its edge goes on outside.

    Args:
        picture: uint8 `[h, w, 3]`.
        size: side of the result, pixels.
        transform: float `[2, 3]`, from the picture to the result.

    Returns:
        float32 `[size, size, 3]`.
    """
    factor = max(int(1.0 / np.hypot(*transform[:, 0])), 1)
    if factor > 1:
        picture = np.asarray(Image.fromarray(picture).reduce(factor))
    y, x = np.mgrid[:size, :size].reshape(2, -1).astype("float64")
    back = np.linalg.inv(transform[:, :2])
    x, y = back @ (np.stack([x, y]) - transform[:, 2:])
    # Positions are pixel centres; reducing scales pixel edges.
    x, y = (x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5
    return sample(picture, x, y).reshape(size, size, 3).astype("float32")
