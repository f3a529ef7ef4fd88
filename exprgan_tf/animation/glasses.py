"""Glasses, whose frames keep their form whatever the face does.

Whether they are worn is told by a logistic regression on edges around the
eyes (`carried/glasses.npz`), which `exprgan learn-glasses` learned from
photographs that were looked at (`carried/glasses.csv`).
"""

import functools

import cv2
import numpy as np

from exprgan_tf.animation.fields import blur
from exprgan_tf.animation.landmarks import CARRIED
from exprgan_tf.faces.alignment import ramp

FORMAT = "exprgan_tf glasses 1"
# Corners of each eye, of Face Mesh.
_EYES = ((33, 133), (362, 263))
# The crop around them, pixels: twice the distance between the eyes, which
# lie so far down.
_WIDTH, _HEIGHT, _EYES_AT = 112, 56, 0.42
_CELLS = (14, 7)
# What is added to a neighbourhood's edges: smooth skin has no form.
_FLAT = 4.0
# Logits between which glasses are taken for worn, more and more.
_PERHAPS, _SURELY = -0.5, 0.5
# Where frames are, centimetres up the neutral face and to its sides, and how
# far they fade; rims reach lower than the bridge, beside the nose.
_LOW, _HIGH, _WIDE = (1.6, 2.6), (5.6, 6.6), (7.0, 8.0)
_RIMS_LOW, _NOSE = (-0.6, 0.4), (0.9, 1.8)
_HELD = 0.85


def glasses_worn(gray, points, eye_distance):
    """How surely glasses are worn, 0 to 1.

    Args:
        gray: float32 `[h, w]`, 0 to 255.
        points: Face Mesh's landmarks `[468, 2]`, its pixels.
        eye_distance: in pixels.
    """
    weights, bias = _regression()
    logit = (edges(gray, points, eye_distance) @ weights).mean() + bias
    return float(ramp(logit, _PERHAPS, _SURELY))


def edges(gray, points, eye_distance):
    """What the regression sees around the eyes, and of its mirror image: how
    much of a cell's edges is brighter to the right, left, below and above,
    beside those of the cells around it.

    Args:
        gray, points, eye_distance: as of `glasses_worn`.

    Returns:
        float32 `[2, 7 * 14 * 4]`, 0 to 1.
    """
    crop = _around_eyes(gray, points, eye_distance)
    return np.stack([_edges(crop), _edges(crop[:, ::-1])])


def _around_eyes(gray, points, eye_distance):
    """A crop with the eyes at always the same places, float32 `[56, 112]`."""
    left, right = (points[list(corners)].mean(axis=0) for corners in _EYES)
    along = (right - left) / max(np.linalg.norm(right - left), 1e-6)
    down = np.array([-along[1], along[0]])
    pixel = 2 * eye_distance / _WIDTH
    corner = (left + right) / 2 - pixel * (
        along * (_WIDTH - 1) / 2 + down * _HEIGHT * _EYES_AT
    )
    return cv2.warpAffine(
        blur(np.asarray(gray, "float32"), max(pixel / 2, 0.3)),
        np.c_[pixel * along, pixel * down, corner], (_WIDTH, _HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _edges(crop):
    crop = np.ascontiguousarray(crop)
    across, down = (
        cv2.Sobel(crop, cv2.CV_32F, *order, ksize=1)
        for order in ((1, 0), (0, 1))
    )
    cells = cv2.resize(
        np.maximum(np.stack([across, -across, down, -down], -1), 0), _CELLS,
        interpolation=cv2.INTER_AREA,
    )
    around = cv2.blur(cells.sum(axis=-1), (3, 3))
    return np.sqrt(cells / (around[..., None] + _FLAT)).ravel()


@functools.cache
def _regression():
    with np.load(CARRIED / "glasses.npz") as file:
        return file["weights"].astype("float32"), float(file["bias"])


def held_by_glasses(across, up):
    """How firmly skin behind a frame is held: float32, 0 to 1.

    Args:
        across, up: places on the neutral face, centimetres.
    """
    aside = np.abs(across)
    held = np.maximum(
        ramp(up, *_LOW), ramp(up, *_RIMS_LOW) * ramp(aside, *_NOSE)
    ) * ramp(up, *_HIGH[::-1]) * ramp(aside, *_WIDE[::-1])
    return _HELD * held.astype("float32")
