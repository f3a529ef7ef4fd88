"""The line where lips that close meet, over the teeth that they hide."""

import numpy as np
from scipy import ndimage

from exprgan_tf.animation.fields import sample_moved
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
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    both = 1 - (1 - mask[box]) * (1 - cover)
    below = mask[box] * (1 - cover)
    colours[box] = (
        below[..., None] * colours[box] + cover[..., None] * painted
    ) / np.maximum(both, 1e-6)[..., None]
    mask[box] = both
