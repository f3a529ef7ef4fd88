"""Smooth fields on the grid of pixels."""

import cv2
import numpy as np
from PIL import Image

# Pixels beside what is read that a cubic looks at.
_CUBIC_ROOM = 2


def blur(image, sigma):
    """Gaussian blur of `[h, w]` or `[h, w, k]`, float32."""
    size = 2 * reach_of(sigma) + 1
    # OpenCV forgets a dimension of 1.
    return cv2.GaussianBlur(
        np.asarray(image, "float32"), (size, size), sigma,
        borderType=cv2.BORDER_REPLICATE,
    ).reshape(image.shape)


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


def distance_within(mask):
    """float32 `[h, w]`: from each pixel of a mask to the nearest outside it."""
    return cv2.distanceTransform(
        mask.astype("uint8"), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )


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
    for total, weight in reversed(levels[1:-1]):
        coarse = _doubled(filled, weight.shape)
        # One known pixel of a cell is enough to trust it.
        share = np.minimum(4 * weight, 1.0)[..., None]
        own = total / np.maximum(weight, 1e-6)[..., None]
        filled = share * own + (1 - share) * coarse
    if len(levels) > 1:
        filled = _doubled(filled, known.shape)
    return np.where(known[..., None], values, filled)


def _halved(image):
    """Sums of 2 x 2 pixels, over 4 once they are full."""
    height, width = image.shape[:2]
    even = cv2.copyMakeBorder(
        image, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT, value=0
    )
    return _resized(
        even, ((height + 1) // 2, (width + 1) // 2), image, cv2.INTER_AREA
    )


def _doubled(image, shape):
    """Twice as large, linearly between the cells' centres."""
    height, width = image.shape[:2]
    return _resized(
        image, (2 * height, 2 * width), image, cv2.INTER_LINEAR
    )[:shape[0], :shape[1]]


def _resized(image, shape, like, method):
    return cv2.resize(image, shape[::-1], interpolation=method).reshape(
        *shape, *like.shape[2:]
    )


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


def sample_moved(image, displacement, rows, columns):
    """What a displacement brings to places of a frame.

    Args:
        image: float `[h, w]`, before.
        displacement: `[h, w, 2]`, pixels: what is shown at p was at p + it.
        rows, columns: `[n]`; the displacement is that of the nearest pixel.

    Returns:
        Bilinear values `[n]`.
    """
    nearest = np.clip(np.rint(rows).astype(int), 0, len(displacement) - 1)
    across, down = displacement[nearest, columns].T
    return sample(image, columns + across, rows + down)


def on_picture(fields, transform, region):
    """Fields of a frame at a picture's pixels, linearly between theirs.

    Args:
        fields: float32 `[s, s]` or `[s, s, k]`, at most 4.
        transform: `[2, 3]`, from the picture to the frame.
        region: rows and columns of the picture, two slices.

    Returns:
        float32 `[h, w]` or `[h, w, k]` of the region; 0 outside the frame.
    """
    rows, columns = region
    corner = transform[:, :2] @ [columns.start, rows.start] + transform[:, 2]
    return cv2.warpAffine(
        fields, np.c_[transform[:, :2], corner],
        (columns.stop - columns.start, rows.stop - rows.start),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )


def read_between(picture, x, y):
    """What lies between a picture's pixels, by cubics; beyond its edge it goes
    on mirrored, as skin does.

    Args:
        picture: uint8 `[h, w, 3]`.
        x, y: float32 `[n, m]`, places in pixels.

    Returns:
        float32 `[n, m, 3]`.
    """
    (left, right), (top, bottom) = (
        _read(place, size)
        for place, size in zip((x, y), picture.shape[1::-1], strict=True)
    )
    part = picture[top:bottom, left:right].astype("float32")
    return cv2.remap(
        part, x - np.float32(left), y - np.float32(top), cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def _read(places, size):
    """First and end pixel of what is read, along a side of so many."""
    low, high = np.floor(places.min()), np.ceil(places.max())
    # With what is seen in the mirror at its ends.
    low, high = min(low, 2 * size - 2 - high), max(high, -low)
    return (
        max(int(low) - _CUBIC_ROOM, 0),
        min(int(high) + _CUBIC_ROOM + 1, size),
    )


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
    back = np.linalg.inv(transform[:, :2])
    corners = back @ (np.array([
        [0, size - 1, 0, size - 1], [0, 0, size - 1, size - 1],
    ]) - transform[:, 2:])
    # Whole cells of what becomes one pixel, and a pixel beside them.
    low, high = (
        np.clip(
            factor * (np.floor(end / factor).astype(int) + beside),
            0, picture.shape[1::-1],
        ) for end, beside in ((corners.min(axis=1), -2),
                              (corners.max(axis=1), 3))
    )
    low = np.minimum(low, factor * (np.subtract(
        picture.shape[1::-1], 1
    ) // factor))
    high = np.maximum(high, low + factor)
    part = picture[low[1]:high[1], low[0]:high[0]]
    if factor > 1:
        part = np.asarray(Image.fromarray(part).reduce(factor))
    # Positions are pixel centres; reducing scales pixel edges.
    corner = (corners[:, 0] - low + 0.5) / factor - 0.5
    return cv2.warpAffine(
        part.astype("float32"), np.c_[back / factor, corner], (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
