"""Skin that is pressed and drawn out softly, where the mesh would fold.

Lengths are shares of the distance between the eyes, places on the neutral
face in centimetres.
"""

import cv2
import numpy as np

from exprgan_tf.animation.fields import blur, box_around, reach_of
from exprgan_tf.faces.alignment import ramp

_NOSE_SOFT = 0.045  # under the nose skin is pressed together, not hidden
# How softly skin follows the mouth; from where beside the lips on, which keep
# their edges, and where it ends; below which height.
_MOUTH_SOFT, _BESIDE, _AWAY, _BELOW = 0.08, (0.05, 0.14), (0.5, 0.75), (0.5, -1)
_FADE = 0.02
# Where lids and brows are: up and to the sides, and how far they fade; a fold
# is where neighbours show what lies so many pixels apart, and is spread so far.
_LIDS, _BROWS, _ASIDE = (2.6, 3.0), (5.6, 6.2), (6.2, 6.8)
_FOLD, _LID_SOFT = (0.5, 1.0), 0.02


def press_under_nose(mover, field):
    """Softens a field where a lifted lip would slip under the nose.

    Args:
        mover: a `Mover`.
        field: float32 `[h, w, 2]`, pixels, a displacement; changed in place.
    """
    across, up = mover.across, mover.up
    there = (np.abs(across) < 2.9) & (up < 2.2) & (up > -1.9) & mover.skin
    soft, pressed = _FADE * mover.unit, _NOSE_SOFT * mover.unit
    box = box_around(there, reach_of(soft) + reach_of(pressed))
    inside = (
        ramp(2.9 - np.abs(across[box]), 0.0, 0.6)
        * ramp(2.2 - up[box], 0.0, 0.8)
        * ramp(up[box] + 1.9, 0.0, 0.5) * mover.skin[box]
    )
    _soften(field[box], inside, soft, pressed)


def spread_around_mouth(mover, field):
    """Softens a field around a mouth, whose widest shapes fold the mesh along
    the cheeks and the chin: lines that no skin has.

    Args:
        mover, field: as above.
    """
    unit, (height, width) = mover.unit, mover.shape
    columns, rows = np.arange(width), np.arange(height)[:, None]
    upper, lower = mover.lips.at(columns)
    away = np.hypot(
        np.clip(np.maximum(upper - rows, rows - lower), 0, None),
        np.clip(-mover.lips.inside(columns), 0, None),
    ) / unit
    there = (away < _AWAY[1]) & mover.skin & (mover.up < _BELOW[0])
    soft, spread = _FADE * unit, _MOUTH_SOFT * unit
    box = box_around(there, reach_of(soft) + reach_of(spread))
    inside = (
        ramp(away[box], *_BESIDE) * ramp(away[box], *_AWAY[::-1])
        * ramp(mover.up[box], *_BELOW) * mover.skin[box]
    )
    _soften(field[box], inside, soft, spread)


def spread_lid_folds(mover, field):
    """Softens a field where a brow that comes down folds the mesh over a lid,
    or a lid over itself: steps that no skin has.

    Args:
        mover, field: as above.
    """
    up, across = mover.up, np.abs(mover.across)
    there = (
        (up > _LIDS[0]) & (up < _BROWS[1]) & (across < _ASIDE[1]) & mover.skin
    )
    soft, spread = _FADE * mover.unit, _LID_SOFT * mover.unit
    box = box_around(there, reach_of(soft) + reach_of(spread))
    if not there.any():
        return
    folded = there[box] * ramp(
        np.abs(np.gradient(field[box][..., 1], axis=0)), *_FOLD
    )
    if not folded.any():
        return
    inside = (
        cv2.dilate(folded, np.ones((2 * round(spread) + 1,) * 2))
        * ramp(up[box], *_LIDS) * ramp(up[box], *_BROWS[::-1])
        * ramp(across[box], *_ASIDE[::-1]) * mover.skin[box]
    )
    _soften(field[box], inside, soft, spread)


def _soften(field, inside, soft, width):
    share = blur(inside.astype("float32"), soft)[..., None]
    field += share * (blur(field, width) - field)
