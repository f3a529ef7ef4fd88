"""Lips that close: the line where they meet, over the teeth that they hide,
and skin in place of the dark in a smile's corners."""

import cv2
import numpy as np
from scipy import ndimage

from exprgan_tf.animation.fields import blur, reach_of, sample_moved
from exprgan_tf.animation.lips import CLOSED, LIP_LEVEL
from exprgan_tf.faces.alignment import ramp
from exprgan_tf.pictures.colors import LUMA

# Of the distance between the eyes: how wide the line is, where it begins
# beside the corners, and how smooth along the lips.
_LINE, _CORNER, _SMOOTH = 0.012, 0.04, 0.06
_DARK = 0.75
# Light goes into lips, so that the dark between them is redder than they.
_REDDER = 2.0
# So wide, in pixels of frame and photograph, is what is read between two rows
# that are far apart in the photograph: the teeth.
_READ = 0.9
# Of the distance between the eyes: how far from the closed corners the dark of
# a smile's may be, and how large it is; skin so much darker than what is around
# it, is that.
_BESIDE, _SPOT, _SPOT_DARK = 0.14, 0.09, (0.03, 0.12)
# Beside the corners of lips that are pressed together: so far, of the distance
# between the eyes; how soft, times the photograph's blur; where, times that.
_HOOK, _SOFTER, _WIDER = 0.10, 1.4, 1.5
# Pixels of the photograph between what two rows show, beside one another.
_APART = (0.8, 2.0)


def soften_seam(mover, field):
    """Lets what is shown go from one lip to the other as softly as the
    photograph does: the dark between lips that are pressed together would be
    a line as of a pen.

    Args:
        mover: a `Mover`.
        field: float32 `[h, w, 2]`, pixels, its displacement; changed in place.
    """
    lips, unit = mover.lips, mover.unit
    soft = _SOFTER * mover.face.look.blur
    height, width = mover.shape
    columns = np.arange(
        max(int(lips.left - _HOOK * unit), 0),
        min(int(lips.right + _HOOK * unit) + 2, width),
    )
    upper, lower = lips.at(np.clip(columns, lips.left, lips.right))
    # Over teeth a line is painted.
    touching = (1 - mover.closed) * ramp(
        lower - upper, 2 * CLOSED * unit, CLOSED * unit
    ) * ramp(lips.inside(columns), -_HOOK * unit, 0.0)
    if not touching.any():
        return
    middle = np.clip((upper + lower) / 2, 0, height - 1)
    room = reach_of(_WIDER * soft) + 1
    rows = np.arange(
        max(int(middle.min()) - 2 * room, 0),
        min(int(middle.max()) + 2 * room + 1, height),
    )
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    share = touching * np.exp(
        -((rows[:, None] - middle) / (_WIDER * soft)) ** 2
    )
    smooth = ndimage.gaussian_filter1d(
        field[box], soft, axis=0, mode="nearest"
    )
    field[box] += share[..., None].astype("float32") * (smooth - field[box])


def without_spots(gray, eye_distance):
    """A face in which dark spots are as bright as what is around them.

    Args:
        gray: float32 `[h, w]`, 0 to 255.
        eye_distance: in pixels.

    Returns:
        float32 `[h, w]`.
    """
    width = 2 * round(_SPOT * eye_distance) + 1
    return blur(cv2.morphologyEx(
        gray, cv2.MORPH_CLOSE,
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)),
    ), width / 4)


def paint_corners(mover, mask, colours, displacement, opening):
    """Skin over the dark of a smile's corners, which the closed ones leave
    beside them.

    Args:
        mover, mask, colours, displacement: as of `paint_seam`.
        opening: float32 `[h, w]`, 1 between the lips.
    """
    face, lips, reach = mover.face, mover.lips, _BESIDE * mover.unit
    height, width = mover.shape
    ends = np.array([lips.left, lips.right])
    corners = np.mean(lips.at(ends), axis=0)
    room = reach + reach_of(face.look.blur)
    rows, columns = (
        np.arange(
            max(int(places.min() - room), 0),
            min(int(places.max() + room) + 2, side),
        ) for places, side in ((corners, height), (ends, width))
    )
    box = tuple(slice(part[0], part[-1] + 1) for part in (rows, columns))
    # Not along the lips: those of a mouth that opens again are as dark.
    away = np.hypot(
        rows[:, None, None] - corners, columns[:, None] - ends
    ).min(axis=-1)
    cover = (
        mover.closed
        * ramp(-lips.inside(columns), -0.6 * reach, -0.1 * reach)
        * ramp(away, reach, 0.5 * reach) * (1 - opening[box])
    ).astype("float32")
    if not cover.any():
        return
    down, along = np.mgrid[box].reshape(2, -1)
    level, shown = (
        sample_moved(image, displacement, down, along).reshape(cover.shape)
        for image in (face.without_spots, face.gray)
    )
    # Between two rows that are far apart in the photograph there is more dark
    # than any of its pixels shows.
    apart = np.abs(np.gradient(displacement[box][..., 1], axis=0))
    cover *= ndimage.maximum_filter(np.maximum(
        ramp(1 - shown / np.maximum(level, 1.0), *_SPOT_DARK),
        ramp(apart, *_APART),
    ), 3)
    # So near to lips skin is redder.
    painted = level[..., None] * (face.look.skin + face.look.lips) / 2
    cover = blur(cover, face.look.blur) * (1 - opening[box])
    _paint(mask, colours, box, cover, painted)


def paint_seam(mover, mask, colours, displacement):
    """Lips and their dark line, painted over what shows between them.

    What closes comes from above and below the teeth. A pixel on the seam
    would be read between the two: white dots along the line.

    Args:
        mover: a `Mover` whose lips close.
        mask: float32 `[h, w]`, how much is painted already; changed in place.
        colours: float32 `[h, w, 3]`, 0 to 255, of it; changed in place.
        displacement: float32 `[h, w, 2]`, pixels.
    """
    face, lips, unit = mover.face, mover.lips, mover.unit
    height, width = mover.shape
    columns = np.arange(
        max(int(np.ceil(lips.left)), 0), min(int(lips.right) + 1, width)
    )
    upper, lower = lips.at(columns)
    touching = mover.closed * ramp(
        lower - upper, 2 * CLOSED * unit, CLOSED * unit
    ) * ramp(lips.inside(columns), 0.0, _CORNER * unit)
    if not touching.any():
        return
    middle = np.clip((upper + lower) / 2, 0, height - 1)
    coarse = max(np.hypot(*face.transform[:, 0]), 1.0)
    # As soft as the photograph, and then less dark.
    soft = np.hypot(_LINE * unit, face.look.blur)
    reach = np.hypot(soft, _READ * coarse)
    rows = np.arange(
        max(int(middle.min() - 3 * reach), 0),
        min(int(middle.max() + 3 * reach) + 2, height),
    )
    away = rows[:, None] - middle
    cover = touching * np.clip(1.6 * np.exp(-(away / reach) ** 2), 0, 1)
    dark = _DARK * _LINE * unit / soft * np.exp(-(away / soft) ** 2)
    step = 1.5 * reach + (lower - upper) / 2
    level = np.mean([
        sample_moved(face.gray, displacement, middle + side * step, columns)
        for side in (-1, 1)
    ], axis=0)
    level = ndimage.gaussian_filter1d(
        np.minimum(level, LIP_LEVEL * face.light.mouth_level),
        _SMOOTH * unit, mode="nearest",
    )
    tint = face.look.lips ** (1 + _REDDER * dark[..., None])
    # Lipstick is no brighter for being redder.
    tint /= np.maximum(tint @ LUMA, 1e-3)[..., None]
    painted = (level * (1 - dark))[..., None] * tint
    _paint(
        mask, colours,
        (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)),
        cover, painted,
    )


def _paint(mask, colours, box, cover, painted):
    """Covers what is painted already, in place; the rest shows through."""
    both = 1 - (1 - mask[box]) * (1 - cover)
    share = np.where(both > 1e-6, cover / np.maximum(both, 1e-6), 1.0)
    # Beside it, too: larger pictures have pixels between.
    colours[box] += share[..., None] * (painted - colours[box])
    mask[box] = both
