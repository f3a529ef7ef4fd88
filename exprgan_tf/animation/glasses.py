"""Glasses, whose frames keep their form whatever the face does."""

import numpy as np
from scipy import ndimage

from exprgan_tf.animation.fields import blur, sample
from exprgan_tf.faces.alignment import ramp

# Inner corners of the eyes, of Face Mesh.
_INNER = (133, 362)
# A patch over the bridge of the nose: half its width, its top and bottom
# from the line between the eyes, of the distance between them.
_HALF_WIDTH, _TOP, _BOTTOM = 0.09, -0.20, 0.22
_ROWS, _COLUMNS, _NEIGHBOURS = 43, 13, 21
# A line across it this much darker or brighter than skin, as a logarithm,
# may be and is a frame.
_PERHAPS, _SURELY = 0.05, 0.14
# Where frames are, centimetres up the neutral face, and how far they fade.
_LOW, _HIGH, _WIDE = (1.6, 2.6), (5.6, 6.6), (7.0, 8.0)
_HELD = 0.85


def glasses_worn(gray, points, eye_distance):
    """How surely a frame lies over the bridge of the nose, 0 to 1.

    Args:
        gray: float32 `[h, w]`, 0 to 255.
        points: Face Mesh's landmarks `[468, 2]`, its pixels.
        eye_distance: in pixels.
    """
    left, right = (points[place] for place in _INNER)
    along = (right - left) / max(np.linalg.norm(right - left), 1e-6)
    down = np.array([-along[1], along[0]])
    across = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, _COLUMNS) * eye_distance
    below = np.linspace(_TOP, _BOTTOM, _ROWS) * eye_distance
    x, y = np.moveaxis(
        (left + right) / 2 + across[None, :, None] * along
        + below[:, None, None] * down, -1, 0,
    )
    patch = sample(blur(gray, 0.8), x.ravel(), y.ravel())
    rows = np.log(np.maximum(patch.reshape(_ROWS, _COLUMNS).mean(1), 8.0))
    line = np.abs(
        rows - ndimage.median_filter(rows, _NEIGHBOURS, mode="nearest")
    ).max()
    return float(ramp(line, _PERHAPS, _SURELY))


def held_by_glasses(across, up):
    """How firmly skin behind a frame is held: float32, 0 to 1.

    Args:
        across, up: places on the neutral face, centimetres.
    """
    held = (
        ramp(up, *_LOW) * ramp(up, *_HIGH[::-1])
        * ramp(np.abs(across), *_WIDE[::-1])
    )
    return _HELD * held.astype("float32")
