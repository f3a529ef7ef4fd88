"""Pose, identity and expression of a face from its landmarks."""

import dataclasses

import cv2
import numpy as np

from exprgan_tf.animation.landmarks import COUNT, OUTLINE

# Shapes that a face at rest may show a little of.
RESTING = (
    "jawOpen", "mouthSmile_L", "mouthSmile_R", "mouthFrown_L",
    "mouthFrown_R", "mouthPucker", "mouthPress_L", "mouthPress_R",
    "mouthRollLower", "mouthRollUpper", "mouthUpperUp_L", "mouthUpperUp_R",
    "mouthLowerDown_L", "mouthLowerDown_R", "browInnerUp_L", "browInnerUp_R",
    "browDown_L", "browDown_R", "browOuterUp_L", "browOuterUp_R",
    "eyeBlink_L", "eyeBlink_R", "eyeWide_L", "eyeWide_R", "eyeSquint_L",
    "eyeSquint_R",
)
# Of these, those that tell a smile or an open mouth.
_CLEAR = ("mouthSmile", "jawOpen")
# How far a landmark may be off, of the distance between the eyes; it stands
# for many that are off alike. Those of the outline slide along the face.
_NOISE, _OUTLINE_NOISE = 0.05, 0.12
# Standard deviations of identity (in those of the modes) and of shapes.
_IDENTITY, _EXPRESSION = 1.2, 0.15
# Rounds at most; one that changes no weight by more than this is the last.
_ROUNDS, _STEADY = 12, 1e-3
# Between the eyes of the neutral face, centimetres.
EYE_DISTANCE = 6.3


@dataclasses.dataclass(frozen=True)
class Fit:
    """A face model in a picture, by weak perspective.

    Attributes:
        scale: pixels a centimetre.
        rotation: float32 `[3, 3]`, of the head.
        shift: float32 `[2]`, pixels.
        vertices: float32 `[v, 3]`, the fitted face, unturned, centimetres.
        expression: `{shape: weight}` that the picture was found to show.
        error: mean distance of inner landmarks, of the eyes' distance.
        identity: root mean square of the modes' weights.
    """

    scale: float
    rotation: np.ndarray
    shift: np.ndarray
    vertices: np.ndarray
    expression: dict
    error: float
    identity: float

    def project(self, vertices):
        """Pixels `[v, 2]` and depth `[v]` of unturned vertices `[v, 3]`."""
        turned = self.turned(vertices)
        pixels = turned[:, :2] * np.float32([self.scale, -self.scale])
        return pixels + self.shift, turned[:, 2]

    def turned(self, vertices):
        """The vertices as the camera sees them, centimetres."""
        return vertices @ self.rotation.T

    @property
    def yaw(self):
        """Degrees to the side; 0 is frontal."""
        return float(np.degrees(np.arctan2(
            self.rotation[0, 2], self.rotation[2, 2]
        )))

    @property
    def pitch(self):
        """Degrees downwards; 0 is frontal."""
        return float(np.degrees(np.arcsin(-self.rotation[1, 2])))


def fit_face(model, points, eye_distance):
    """Least squares over all landmarks, by Gauss and Newton.

    Args:
        model: a `ReducedFaceModel`.
        points: `[468, 2]`, pixels.
        eye_distance: in pixels.

    Returns:
        A `Fit`.
    """
    names = [name for name in RESTING if name in model.names]
    rows = [model.names.index(name) for name in names]
    base = model.at_landmarks(model.neutral).astype(float)
    directions = model.at_landmarks(np.concatenate([
        model.modes, model.shapes[rows]
    ])).astype(float)
    spread = np.r_[
        np.full(len(model.modes), _IDENTITY), np.full(len(rows), _EXPRESSION)
    ]
    noise = np.full(COUNT, _NOISE * eye_distance)
    noise[list(OUTLINE)] = _OUTLINE_NOISE * eye_distance
    # A Cauchy prior: a little of these shapes is the person's own face, and
    # what clearly shows is not made smaller.
    clear = len(model.modes) + np.array([
        at for at, name in enumerate(names) if name.startswith(_CLEAR)
    ])
    variance = spread**2
    weights = np.zeros(len(directions))
    scale, turn = eye_distance / EYE_DISTANCE, np.eye(3)
    shift = points.mean(axis=0) - _screen(base, scale).mean(axis=0)
    for _ in range(_ROUNDS):
        shape = base + np.tensordot(weights, directions, 1)
        turned = shape @ turn.T
        jacobian = _jacobian(turned, directions, scale, turn)
        jacobian /= noise[:, None, None]
        left = (points - _screen(turned, scale) - shift) / noise[:, None]
        flat = jacobian.reshape(2 * COUNT, -1)
        normal = flat.T @ flat
        right = flat.T @ left.ravel()
        prior = np.arange(6, len(normal))
        normal[prior, prior] += 1 / variance
        right[6:] -= weights / variance
        step = np.linalg.solve(normal, right)
        scale *= np.exp(np.clip(step[0], -0.3, 0.3))
        turn = cv2.Rodrigues(np.clip(step[1:4], -0.5, 0.5))[0] @ turn
        shift = shift + step[4:6]
        weights = weights + step[6:]
        variance[clear] = spread[clear]**2 + weights[clear]**2
        if np.abs(step[6:]).max() < _STEADY:
            break
    shape = base + np.tensordot(weights, directions, 1)
    off = np.linalg.norm(
        _screen(shape @ turn.T, scale) + shift - points, axis=1
    )
    inner = np.setdiff1d(np.arange(COUNT), OUTLINE)
    identity = weights[:len(model.modes)]
    expression = dict(zip(
        names, weights[len(model.modes):].tolist(), strict=True
    ))
    vertices = model.neutral + np.tensordot(
        identity.astype("float32"), model.modes, 1
    ) + model.offset(expression)
    return Fit(
        float(scale), turn.astype("float32"),
        shift.astype("float32"), vertices.astype("float32"), expression,
        float(off[inner].mean() / eye_distance),
        float(np.sqrt((identity**2).mean())),
    )


def _screen(turned, scale):
    return turned[:, :2] * [scale, -scale]


def _jacobian(turned, directions, scale, rotation):
    """`[468, 2, 6 + n]` of log scale, turn, shift and weights."""
    columns = [_screen(turned, scale)]
    for axis in np.eye(3):
        columns.append(_screen(np.cross(axis, turned), scale))
    columns += [np.tile(unit, (COUNT, 1)) for unit in np.eye(2)]
    fixed = np.stack(columns, -1)
    moving = directions @ (rotation[:2].T * [scale, -scale])
    return np.concatenate([fixed, moving.transpose(1, 2, 0)], -1)
