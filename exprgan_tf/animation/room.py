"""How far a face can move in its photograph: skin ends, and pictures end.

Weights are made smaller where a photograph has nothing to show for the whole
of them.
"""

import numpy as np

from exprgan_tf.animation.fitting import EYE_DISTANCE
from exprgan_tf.animation.landmarks import BROWS, EYES, OUTER_LIPS

# Brows this far above the lids, of the eyes' distance, can be raised by the
# whole recipe; lower ones have no skin below them that could unfold.
_BROW_ROOM, _LEAST_BROW = 0.24, 0.45
# The lower lip stays this far inside the photograph, of the eyes' distance;
# some drop is left to a mouth at the edge.
_LIP_MARGIN, _LEAST_LIP_ROOM = 0.05, 0.08
# The drop nears the room that there is as a p-norm does: a longer way always
# leads lower.
_NORM = 3.0


def within_room(face, weights):
    """Weights of shapes that the photograph has room for.

    Args:
        face: a `FittedFace`.
        weights: `{shape: weight}`, one-sided names.

    Returns:
        The same names, with weights as large or smaller.
    """
    model = face.animator.model
    brow = np.clip(brow_height(face) / _BROW_ROOM, _LEAST_BROW, 1.0)
    drops = {
        name: weight * model.lip_drop(name) / EYE_DISTANCE
        for name, weight in weights.items()
    }
    drop = sum(drops.values())
    lip = 1.0
    if drop > 0:
        room = max(face.lip_room - _LIP_MARGIN, _LEAST_LIP_ROOM)
        lip = (1 + (drop / room) ** _NORM) ** (-1 / _NORM)
    return {
        name: weight * float(
            brow if name.startswith(("browInnerUp", "browOuterUp"))
            else lip if drops[name] > 0 else 1.0
        )
        for name, weight in weights.items()
    }


def brow_height(face):
    """From upper lids to brows, of the eyes' distance."""
    heights = [
        face.points[list(EYES[side][0]), 1].mean()
        - face.points[list(BROWS[side][5:]), 1].mean()
        for side in (0, 1)
    ]
    return float(np.mean(heights) / face.eye_distance)


def lip_room(landmarks, transform, picture_shape, eye_distance):
    """From the lower lip down to the photograph's edge, of the eyes'
    distance; at least 0.

    Args:
        landmarks: `[468, 2]`, pixels of the photograph.
        transform: `[2, 3]`, from there to a frame in which the face is
            upright.
        picture_shape: height and width of the photograph, pixels.
        eye_distance: in pixels of the frame.
    """
    lip = landmarks[OUTER_LIPS[1][5]]
    down = np.linalg.solve(transform[:, :2], [0.0, 1.0])
    edges = np.where(down > 0, np.array(picture_shape[1::-1]) - 0.5, -0.5)
    with np.errstate(divide="ignore"):
        ways = np.where(down == 0, np.inf, (edges - lip) / down)
    return max(float(ways.min()) / eye_distance, 0.0)
