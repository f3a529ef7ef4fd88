"""What a motion makes of a picture on the screen, while a slider moves."""

import numpy as np
from PIL import Image

from exprgan_tf.animation.motion import STILL

# Pixels around what changes, where values between fade out.
_ROOM = 2


def preview(motion, picture):
    """As `motion.apply(picture)`, in a fraction of its time.

    What moves is read linearly, and what is new has no grain.

    Args:
        motion: a `Motion`.
        picture: uint8 `[h, w, 3]`.

    Returns:
        uint8 `[h, w, 3]`.
    """
    out = picture.copy()
    region = _region(motion.changes, motion.transform, picture.shape)
    if region is None:
        return out
    shown = _moved(motion, picture, region)
    shown *= 1.0 + _enlarged(
        motion.ratio - 1.0, motion.transform, region
    )[..., None]
    new = _region(motion.mask > STILL, motion.transform, picture.shape)
    if new is not None:
        part = tuple(
            slice(here.start - first.start, here.stop - first.start)
            for here, first in zip(new, region, strict=True)
        )
        mask = _enlarged(motion.mask, motion.transform, new)[..., None]
        colours = np.stack([
            _enlarged(motion.colours[..., channel], motion.transform, new)
            for channel in range(3)
        ], axis=-1)
        shown[part] += mask * (colours - shown[part])
    np.clip(shown, 0.0, 255.0, out=shown)
    out[region] = np.rint(shown, out=shown)
    return out


def _region(changed, transform, shape):
    """Rows and columns of the picture in which the frame changes."""
    rows, columns = (
        np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0)
    )
    if not len(rows):
        return None
    corners = np.array([
        (x, y) for x in (columns[0] - 1, columns[-1] + 1)
        for y in (rows[0] - 1, rows[-1] + 1)
    ]) - transform[:, 2]
    corners = corners @ np.linalg.inv(transform[:, :2]).T
    height, width = shape[:2]
    low = np.floor(corners.min(axis=0)).astype(int) - _ROOM
    high = np.ceil(corners.max(axis=0)).astype(int) + _ROOM
    left, top = np.clip(low, 0, [width, height])
    right, bottom = np.clip(high, 0, [width, height])
    if left >= right or top >= bottom:
        return None
    return slice(top, bottom), slice(left, right)


def _enlarged(plane, transform, region):
    """`[s, s]` of the frame at the region's pixels; outside of it 0."""
    rows, columns = region
    linear = transform[:, :2]
    # Pillow counts from a pixel's corner, and not from its middle.
    shift = transform[:, 2] + 0.5 + linear @ [
        columns.start - 0.5, rows.start - 0.5
    ]
    image = Image.fromarray(np.ascontiguousarray(plane, "float32"))
    return np.asarray(image.transform(
        (columns.stop - columns.start, rows.stop - rows.start),
        Image.Transform.AFFINE,
        (*linear[0], shift[0], *linear[1], shift[1]),
        Image.Resampling.BILINEAR,
    ))


def _moved(motion, picture, region):
    """float32 `[., ., 3]`: the region's pixels, each from elsewhere."""
    back = np.linalg.inv(motion.transform[:, :2]).astype("float32")
    across, down = (
        _enlarged(motion.displacement[..., axis], motion.transform, region)
        for axis in (0, 1)
    )
    rows, columns = (
        np.arange(part.start, part.stop, dtype="float32") for part in region
    )
    height, width = picture.shape[:2]
    x = back[0, 0] * across + back[0, 1] * down + columns
    y = back[1, 0] * across + back[1, 1] * down + rows[:, None]
    # The last pixel is read as the one before it, nearly all of its way.
    np.clip(x, 0, width - 1.001, out=x)
    np.clip(y, 0, height - 1.001, out=y)
    left, top = x.astype("int32"), y.astype("int32")
    x -= left
    y -= top
    pixels, first = _in_fours(picture, left, top)
    width = np.int32(pixels.shape[1])
    pixels = pixels.ravel()
    x, y = x[..., None], y[..., None]
    upper, lower = (
        _between(pixels[first + step], pixels[first + step + 1], x)
        for step in (np.int32(0), width)
    )
    lower -= upper
    lower *= y
    upper += lower
    return upper[..., :3]


def _in_fours(picture, left, top):
    """The part that is read, a pixel in four bytes so that it is fetched at
    once, and where in it each place is."""
    first_x, first_y = left.min(), top.min()
    part = picture[first_y : top.max() + 2, first_x : left.max() + 2]
    four = np.zeros((*part.shape[:2], 4), "uint8")
    four[..., :3] = part
    return four.view("uint32")[..., 0], (
        (top - first_y) * np.int32(part.shape[1]) + (left - first_x)
    )


def _between(left, right, share):
    """Floats `[..., 4]` between pixels `[...]` of four bytes."""
    left, right = (
        pixels.view("uint8").reshape(*pixels.shape, 4).astype("float32")
        for pixels in (left, right)
    )
    right -= left
    right *= share
    left += right
    return left
