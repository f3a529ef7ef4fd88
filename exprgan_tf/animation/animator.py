"""Photographs that move: a face is fitted once and then moved at will."""

import dataclasses
import functools

import numpy as np

from exprgan_tf.animation.fields import crop
from exprgan_tf.animation.fitting import Fit, fit_face
from exprgan_tf.animation.glasses import glasses_worn
from exprgan_tf.animation.landmarks import face_mesh
from exprgan_tf.animation.lips import way_to_close
from exprgan_tf.animation.look import Look, measure_look
from exprgan_tf.animation.motion import Motion
from exprgan_tf.animation.moving import Mover
from exprgan_tf.animation.recipes import one_sided, shapes_of
from exprgan_tf.animation.reduced_model import carried_face_model
from exprgan_tf.animation.registration import Registration, register
from exprgan_tf.animation.room import lip_room, within_room
from exprgan_tf.animation.seam import without_spots
from exprgan_tf.animation.shading import (
    Folds,
    Light,
    estimate_light,
    filled_folds,
    skin_vertices,
)
from exprgan_tf.faces import alignment
from exprgan_tf.faces.detector import NoFaceError, find_landmarks
from exprgan_tf.pictures.colors import LUMA

# The frame shows so much more than an aligned face on each side, of its side.
MARGIN = 0.25
_LEAST_SIDE, _MOST_SIDE = 96, 512
# Between the eyes, of the side of an aligned face.
EYE_DISTANCE = float(alignment.TEMPLATE[1, 0] - alignment.TEMPLATE[0, 0])
# Weights of the fit below the first may be the person's face; those above the
# second are what it shows.
_UNSURE, _SURE = 0.10, 0.35
# What goes as a smile goes, times its fit, which priors hold back.
_WITH_SMILE = {"mouthSmile": 1.25, "cheekSquint": 0.8, "eyeSquint": 0.32}
_NOTHING = 0.01  # a weight that is not worth a change
# Lips may be parted so far at rest, of the mouth's width, and so far they are
# not.
_PARTED = (0.10, 0.17)
_OPEN = (0.05, 0.35)  # from closed to wide open lips


class Animator:
    """Fits faces of photographs.

    Args:
        model: a `ReducedFaceModel`.
    """

    def __init__(self, model):
        self.model = model
        self.folds = Folds()
        lips = max(
            model.lip_depth[model.upper_lip[0]], 1
        ), max(model.lip_depth[model.lower_lip[0]], 1)
        inside = np.where(model.follows_jaw, lips[1], lips[0])
        # The inside of the lips is never seen: the mouth is rendered up to
        # the line where they touch.
        self.triangles = model.triangles[
            (model.lip_depth >= inside)[model.triangles].all(axis=1)
        ]

    @classmethod
    @functools.cache
    def load(cls):
        """The animator with the face model that comes along."""
        return cls(carried_face_model())

    def fit(
        self, picture, five_points=None, most_side=_MOST_SIDE, mesh=None
    ):
        """Fits the face model to the largest face of a photograph.

        Args:
            picture: uint8 `[h, w, 3]`.
            five_points: `[5, 2]`, pixels, of the face that is meant, see
                `alignment.TEMPLATE`; None: MTCNN finds the largest.
            most_side: of the aligned face, pixels; a larger one moves on a
                coarser grid than its pixels.
            mesh: what Face Mesh finds from there, where that is known.

        Returns:
            A `FittedFace`.

        Raises:
            NoFaceError: a `UserError`, when there is none.
            UserError: when the points are no upright face's.
        """
        if five_points is None:
            found = find_landmarks(picture)
            if not found:
                raise NoFaceError("no face found")
            five_points = found[0]
        points, score = mesh or face_mesh()(picture, five_points)
        face_side = 1 / np.hypot(
            *alignment.similarity(five_points, 1)[:, 0]
        )
        side = int(np.clip(face_side, _LEAST_SIDE, most_side))
        size = round(side * (1 + 2 * MARGIN))
        transform = alignment.similarity(five_points, size, MARGIN)
        frame = crop(picture, size, transform)
        in_frame = points @ transform[:, :2].T + transform[:, 2]
        gray = frame @ LUMA
        eye_distance = EYE_DISTANCE * side
        fit = fit_face(self.model, in_frame, eye_distance)
        registration = register(self.model, fit, in_frame, gray, eye_distance)
        light = estimate_light(self.model, fit, registration.places, gray)
        skin = skin_vertices(self.model) & (
            fit.turned(fit.vertices)[:, 2] > 0
        )
        look = measure_look(
            frame, gray, registration.places[skin], light.mouth_level,
            in_frame,
        )
        return FittedFace(
            self, np.asarray(five_points, float), points, score, transform,
            gray, in_frame, eye_distance,
            lip_room(points, transform, picture.shape, eye_distance),
            fit, registration, light, look,
        )


@dataclasses.dataclass(frozen=True)
class FittedFace:
    """A face of a photograph, ready to be moved.

    Attributes:
        animator: the `Animator` that fitted it.
        five_points: `[5, 2]`, pixels of the photograph.
        landmarks: `[468, 2]`, pixels of the photograph.
        score: how sure Face Mesh is of it, 0 to 1.
        transform: `[2, 3]`, from the photograph to the frame in which the
            face moves.
        gray: float32 `[s, s]`, 0 to 255, the frame.
        points: `[468, 2]`, landmarks in the frame.
        eye_distance: pixels of the frame between the eyes of a frontal face.
        lip_room: from the lower lip to the photograph's edge, of that.
        fit: the `Fit`.
        registration: the `Registration`.
        light: the `Light`.
        look: the `Look`.
    """

    animator: Animator
    five_points: np.ndarray
    landmarks: np.ndarray
    score: float
    transform: np.ndarray
    gray: np.ndarray
    points: np.ndarray
    eye_distance: float
    lip_room: float
    fit: Fit
    registration: Registration
    light: Light
    look: Look

    def motion(self, expression, intensity=1.0, style=0, taken_back=None):
        """The change that an expression makes.

        Args:
            expression: a name of `recipes.STYLES`, "neutral", or shapes as
                `{name: weight}`.
            intensity: 0 to 1; 0 changes nothing.
            style: which of the expression's styles.
            taken_back: the share, 0 to 1, of what the mouth shows already
                that is taken back as the expression comes; None: all for
                expressions by name, nothing for shapes.

        Returns:
            A `Motion`.

        Raises:
            UserError: for a shape or an expression that there is not.
        """
        by_name = isinstance(expression, str)
        if by_name:
            intensity *= self.way_to(expression)
        if expression == "neutral":
            expression = {}
        elif by_name:
            expression = shapes_of(expression, style)
        weights = one_sided(self.animator.model, expression)
        if taken_back is None:
            taken_back = float(by_name)
        if taken_back:
            for name, weight in self._taken_back.items():
                weights[name] = weights.get(name, 0.0) - taken_back * weight
        weights = within_room(self, {
            name: weight * intensity
            for name, weight in weights.items() if weight * intensity
        })
        closed = taken_back * intensity * self._parted
        size = len(self.gray)
        if not weights and not closed:
            return Motion(
                self.transform, np.zeros((size, size, 2), "float32"),
                np.ones((size, size), "float32"),
                np.zeros((size, size), "float32"),
                np.zeros((size, size, 3), "float32"),
            )
        return Mover(self, weights, closed).motion()

    @functools.cached_property
    def shown_at_rest(self):
        """`{shape: weight}` that the mouth clearly shows already."""
        clear = {
            name: weight * float(
                alignment.ramp(abs(weight), _UNSURE, _SURE)
            )
            for name, weight in self.fit.expression.items()
            if name.startswith(("mouth", "jaw"))
        }
        return {
            name: weight for name, weight in clear.items()
            if abs(weight) > _NOTHING
        }

    @functools.cached_property
    def _taken_back(self):
        """What goes as an expression comes: what the mouth shows, and the
        cheeks that a smile has raised, which no landmark tells."""
        weights = dict(self.shown_at_rest)
        for side in "LR":
            smile = weights.get(f"mouthSmile_{side}", 0.0)
            if smile > 0:
                for shape, share in _WITH_SMILE.items():
                    weights[f"{shape}_{side}"] = share * smile
        return weights

    def way_to(self, expression):
        """How much of an expression by name the photograph lacks, 0 to 1.

        A smile that is there is the person's own, and not taken back for
        the recipe's.
        """
        return 1.0 - self._smile**2 * (expression == "happy")

    @functools.cached_property
    def closing(self):
        """float32 `[v, 2]`, pixels: how far vertices go until lips touch that
        are parted still where all that goes is taken back."""
        model, fit = self.animator.model, self.fit
        back = model.offset({
            name: -weight for name, weight in self._taken_back.items()
        })
        places, _ = fit.project(fit.vertices + back)
        return way_to_close(model, places + self.registration.correction)

    @functools.cached_property
    def _parted(self):
        """How clearly lips are parted that are not at rest, 0 to 1."""
        return float(max(
            alignment.ramp(self.registration.gap, *_PARTED),
            alignment.ramp(self._smile, _UNSURE, _SURE),
        ))

    @property
    def smiling(self):
        """How far the mouth is from one at rest, 0 to 1."""
        return max(self._smile, float(
            alignment.ramp(self.registration.gap, *_OPEN)
        ))

    @functools.cached_property
    def _smile(self):
        """How much both corners of the mouth clearly smile, 0 to 1."""
        return float(np.clip(min(
            self.shown_at_rest.get(name, 0.0)
            for name in self.animator.model.sides("mouthSmile")
        ), 0.0, 1.0))

    @functools.cached_property
    def filled_folds(self):
        """float32 `[s, s]`, from 1: how much brighter folds are to be that
        go, see `shading.filled_folds`."""
        return filled_folds(self.gray, self.eye_distance)

    @functools.cached_property
    def without_spots(self):
        """float32 `[s, s]`, 0 to 255, see `seam.without_spots`."""
        return without_spots(self.gray, self.eye_distance)

    @functools.cached_property
    def glasses(self):
        """How surely glasses are worn, 0 to 1."""
        return glasses_worn(self.gray, self.points, self.eye_distance)
