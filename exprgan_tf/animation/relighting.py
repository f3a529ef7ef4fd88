"""The ratio image of a moved face: light and folds."""

import numpy as np

from exprgan_tf.animation.fields import (
    blur,
    box_around,
    reach_of,
    sample_moved,
)
from exprgan_tf.animation.lips import LIP_LEVEL
from exprgan_tf.animation.shading import (
    deepened,
    vertex_ratio,
    without_glare,
)
from exprgan_tf.faces.alignment import ramp

# Of the distance between the eyes.
_LIGHT_SOFT = 0.018
_FOLD_SOFT = 0.010  # how wide a fold's edge is
_EDGE = 0.10  # so far within the face's outline all of the ratio is there
# How wide the shade over lids is, and what jump of the displacement has it all.
_LID_SHADE, _LID_JUMP, _LID_DARK = 0.02, 0.06, 0.35
# So near to the corners of lips that close (of the eyes' distance, and of the
# mouth's width), what is left of teeth is no brighter than lips. In the middle
# those shine.
_NEAR, _CORNER = (0.06, 0.10), (0.25, 0.15)


def ratio_image(mover, mask, opening, displacement):
    """What the moved pixels of a photograph are multiplied by.

    Args:
        mover: a `Mover`.
        mask: float32 `[h, w]`, what is new in the mouth.
        opening: float32 `[h, w]`, 1 between the lips.
        displacement: float32 `[h, w, 2]`, pixels.

    Returns:
        float32 `[h, w]`.
    """
    face, unit, box = mover.face, mover.unit, mover.box
    ratio = _light_and_folds(mover)
    # The lips' edges turn away from the light as the mouth opens.
    if mask.any():
        ratio *= 1 - 0.30 * np.clip(blur(mask[box], 0.03 * unit), 0, 0.5)
    edge = ramp(mover.inside[box], 0.0, _EDGE * unit)
    # Teeth that the photograph shows are no skin.
    edge = edge * (1 - opening[box])
    whole = np.ones(mover.shape, "float32")
    whole[box] = 1 + (deepened(ratio) - 1) * edge
    rows, columns = np.nonzero(whole > 1)
    whole[rows, columns] = without_glare(
        whole[rows, columns],
        sample_moved(face.gray, displacement, rows, columns), face.light,
    )
    _shade_lids(mover, whole, displacement)
    _smooth_folds(mover, whole, displacement)
    if mover.closed:
        _hide_teeth(mover, whole, opening, displacement)
    return whole


def _light_and_folds(mover):
    face, box = mover.face, mover.box
    skin = mover.skin[box]
    values = vertex_ratio(
        mover.model, face.light, mover.before, mover.after
    )[:mover.model.skin]
    on_screen = mover.drawn.spread(values[:, None])
    ratio = np.where(skin, on_screen[box][..., 0], 1.0)
    dark = np.zeros(skin.shape, "float32")
    dark[skin] = face.animator.folds.darkness(
        np.stack([mover.across[box], mover.up[box]], -1)[skin], mover.weights
    )
    ratio = blur(ratio.astype("float32"), _LIGHT_SOFT * mover.unit)
    # Folds are no sharper than the photograph.
    soft = np.hypot(_FOLD_SOFT * mover.unit, face.look.blur)
    return ratio * (1 - blur(dark, soft))


def _shade_lids(mover, ratio, displacement):
    """Darkens the edge where skin below the brows comes over the lids."""
    above_eyes = (
        np.hypot((np.abs(mover.across) - 3.2) / 2.4, (mover.up - 4.9) / 1.7) < 1
    ) & mover.skin
    if not above_eyes.any():
        return
    sigma = np.hypot(_LID_SHADE * mover.unit, mover.face.look.blur)
    box = box_around(above_eyes, reach_of(sigma) + 1)
    jump = np.diff(displacement[box][..., 1], axis=0, append=0)
    jump[-1] = 0
    edge = np.clip(jump / (_LID_JUMP * mover.unit), 0, 1) * above_eyes[box]
    # A line of width 1 has this height once it is blurred.
    shade = blur(edge, sigma) * sigma * np.sqrt(2 * np.pi)
    ratio[box] *= 1 - _LID_DARK * np.clip(shade, 0, 1)


def _smooth_folds(mover, ratio, displacement):
    """Fills the folds of a smile that is taken back as the skin around is."""
    where = np.zeros(mover.shape, "float32")
    where[mover.skin] = mover.face.animator.folds.smoothed(
        np.stack([mover.across, mover.up], -1)[mover.skin], mover.weights
    )
    rows, columns = np.nonzero(where > 0.01)
    if not len(rows):
        return
    filled = sample_moved(mover.face.filled_folds, displacement, rows, columns)
    ratio[rows, columns] *= 1 + where[rows, columns] * (filled - 1)


def _hide_teeth(mover, ratio, opening, displacement):
    """Makes teeth that are left in corners of lips no brighter than those."""
    columns = np.arange(mover.shape[1])
    upper, lower = mover.lips.at(columns)
    first, last = (reach * mover.unit for reach in _NEAR)
    top = max(int(upper.min() - last), 0)
    rows = np.arange(
        top, min(int(lower.max() + last) + 2, mover.shape[0])
    )[:, None]
    away = np.hypot(
        np.clip(np.maximum(upper - rows, rows - lower), 0, None),
        np.clip(-mover.lips.inside(columns), 0, None),
    )
    in_corner = ramp(
        mover.lips.inside(columns) / mover.lips.width, *_CORNER
    )
    near = np.zeros(mover.shape, "float32")
    near[rows[:, 0]] = mover.closed * in_corner * ramp(away, last, first) * (
        1 - opening[rows[:, 0]]
    )
    rows, columns = np.nonzero(near)
    shown = sample_moved(mover.face.gray, displacement, rows, columns)
    most = LIP_LEVEL * mover.face.light.mouth_level
    too_bright = 1 - np.minimum(most / np.maximum(shown, 1.0), 1.0)
    ratio[rows, columns] *= 1 - near[rows, columns] * too_bright
