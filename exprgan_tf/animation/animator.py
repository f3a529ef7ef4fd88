"""Photographs that move: a face is fitted once and then moved at will."""

import dataclasses
import functools

import numpy as np
from scipy import ndimage

from exprgan_tf.animation.fields import blur, crop, extend, smoothstep
from exprgan_tf.animation.fitting import Fit, fit_face
from exprgan_tf.animation.landmarks import BROWS, EYES, face_mesh
from exprgan_tf.animation.motion import Motion
from exprgan_tf.animation.mouth import Look, measure_look, render_mouth
from exprgan_tf.animation.recipes import STYLES, one_sided
from exprgan_tf.animation.reduced_model import (
    carried_face_model,
)
from exprgan_tf.animation.registration import (
    Registration,
    part_lips,
    register,
)
from exprgan_tf.animation.shading import (
    Folds,
    Light,
    estimate_light,
    skin_vertices,
    vertex_ratio,
)
from exprgan_tf.animation.surfaces import rasterize, spread
from exprgan_tf.faces import alignment
from exprgan_tf.faces.detector import NoFaceError, find_landmarks

# The frame shows so much more than an aligned face on each side, of its side.
MARGIN = 0.25
_LEAST_SIDE, _MOST_SIDE = 96, 512
# Between the eyes, of the side of an aligned face.
EYE_DISTANCE = float(alignment.TEMPLATE[1, 0] - alignment.TEMPLATE[0, 0])
# Lengths below are shares of the distance between the eyes.
_FADE = 0.55  # how far around the face its motion is felt
_EYE_FADE = 0.05  # how far from the lids what they move
_SEAM = 0.018  # dark line between closed lips, which must not open with them
_UNSURE = 0.12  # weights of the fit below this may be the person's face
_CLOSED = 0.02  # lips nearer than this show nothing between them
# Brows this far above the lids can be raised by the whole recipe.
_BROW_ROOM = 0.24


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

    def fit(self, picture, five_points=None, most_side=_MOST_SIDE):
        """Fits the face model to the largest face of a photograph.

        Args:
            picture: uint8 `[h, w, 3]`.
            five_points: `[5, 2]`, pixels, of the face that is meant, see
                `alignment.TEMPLATE`; None: MTCNN finds the largest.
            most_side: of the aligned face, pixels; a larger one moves on a
                coarser grid than its pixels.

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
        points, score = face_mesh()(picture, five_points)
        face_side = 1 / np.hypot(
            *alignment.similarity(five_points, 1)[:, 0]
        )
        side = int(np.clip(face_side, _LEAST_SIDE, most_side))
        size = round(side * (1 + 2 * MARGIN))
        transform = alignment.similarity(five_points, size, MARGIN)
        frame = crop(picture, size, transform)
        in_frame = points @ transform[:, :2].T + transform[:, 2]
        gray = frame @ np.float32([0.299, 0.587, 0.114])
        eye_distance = EYE_DISTANCE * side
        fit = fit_face(self.model, in_frame, eye_distance)
        registration = register(self.model, fit, in_frame, gray, eye_distance)
        light = estimate_light(self.model, fit, registration.places, gray)
        skin = skin_vertices(self.model) & (
            fit.turned(fit.vertices)[:, 2] > 0
        )
        look = measure_look(
            frame, gray, registration.places[skin], light.level
        )
        return FittedFace(
            self, np.asarray(five_points, float), points, score, transform,
            gray, in_frame, eye_distance, fit, registration, light, look,
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
    fit: Fit
    registration: Registration
    light: Light
    look: Look

    def motion(self, expression, intensity=1.0, style=0, leave_rest=None):
        """The change that an expression makes.

        Args:
            expression: a name of `recipes.STYLES`, "neutral", or shapes as
                `{name: weight}`.
            intensity: 0 to 1; 0 changes nothing.
            style: which of the expression's styles.
            leave_rest: whether what the mouth shows already is taken back as
                the expression comes; None: for expressions by name, not
                for shapes.

        Returns:
            A `Motion`.

        Raises:
            UserError: for a shape that there is not.
        """
        by_name = isinstance(expression, str)
        if expression == "neutral":
            expression = {}
        elif by_name:
            expression = STYLES[expression][style]
        weights = one_sided(self.animator.model, expression)
        if by_name if leave_rest is None else leave_rest:
            for name, weight in self.shown_at_rest.items():
                weights[name] = weights.get(name, 0.0) - weight
        weights = {
            name: weight * intensity * self._room(name)
            for name, weight in weights.items() if weight * intensity
        }
        size = len(self.gray)
        if not weights:
            return Motion(
                self.transform, np.zeros((size, size, 2), "float32"),
                np.ones((size, size), "float32"),
                np.zeros((size, size), "float32"),
                np.zeros((size, size, 3), "float32"),
            )
        return _Mover(self, weights).motion()

    @functools.cached_property
    def shown_at_rest(self):
        """`{shape: weight}` that the mouth clearly shows already."""
        return {
            name: weight - np.sign(weight) * _UNSURE
            for name, weight in self.fit.expression.items()
            if abs(weight) > _UNSURE and name.startswith(("mouth", "jaw"))
        }

    @functools.cached_property
    def brow_height(self):
        """From upper lids to brows, of the eyes' distance."""
        heights = [
            (self.points[list(EYES[side][0]), 1].mean()
             - self.points[list(BROWS[side][5:]), 1].mean())
            for side in (0, 1)
        ]
        return float(np.mean(heights) / self.eye_distance)

    def _room(self, name):
        """Low brows have no skin below them that could unfold."""
        if name.startswith(("browInnerUp", "browOuterUp")):
            return float(np.clip(self.brow_height / _BROW_ROOM, 0.45, 1.0))
        return 1.0


class _Mover:
    """The steps from weights to a `Motion`."""

    def __init__(self, face, weights):
        self.face, self.weights = face, weights
        self.model = face.animator.model
        fit = face.fit
        moved = fit.vertices + self.model.offset(weights)
        self.before, self.after = fit.turned(fit.vertices), fit.turned(moved)
        places, self.depth = fit.project(moved)
        self.places = places + face.registration.correction
        part_lips(self.model, self.places)
        self.shape = face.gray.shape
        self.triangles = face.animator.triangles
        self.shown, self.shares = rasterize(
            self.places[:self.model.skin], self.depth, self.triangles,
            self.shape,
        )
        self.skin = self.shown >= 0
        self.holes = ndimage.binary_fill_holes(self.skin) & ~self.skin
        self.unit = face.eye_distance

    def motion(self):
        displacement = self._displacement()
        mask, box = self._mouth()
        colours = np.zeros((*self.shape, 3), "float32")
        if box is not None:
            left, right, top, bottom = box
            colours[top:bottom, left:right] = self._colours(mask, box)
        sigma = self.face.look.blur
        return Motion(
            self.face.transform, displacement, self._ratio(mask),
            np.clip(blur(mask, 0.5 * sigma), 0, 1) if mask.any() else mask,
            colours, self.face.look.grain,
        )

    def _sources(self):
        """Places in the photograph of what vertices show, `[skin, 2]`."""
        registration, model = self.face.registration, self.model
        source = registration.places[:model.skin].copy()
        upper, lower = (
            self.places[line] for line in (model.upper_lip, model.lower_lip)
        )
        # The dark line between closed lips stays behind as they open.
        x = source[:, 0]
        opening = np.interp(x, lower[:, 0], lower[:, 1]) - np.interp(
            x, upper[:, 0], upper[:, 1]
        )
        clear = _SEAM * self.unit * smoothstep(
            _CLOSED * self.unit, 0.10 * self.unit, opening
        )
        seam = registration.seam_x
        near = (
            (x > seam[0]) & (x < seam[-1]) & (model.lip_depth[:model.skin] < 12)
        )
        low = near & model.follows_jaw[:model.skin]
        high = near & ~low
        edge_low = np.interp(x, seam, registration.seam_lower) + clear
        edge_high = np.interp(x, seam, registration.seam_upper) - clear
        kept = source[:, 1].copy()
        kept[low] = np.maximum(kept[low], edge_low[low])
        kept[high] = np.minimum(kept[high], edge_high[high])
        # In the corners the seam ends, and would be drawn out to a line.
        share = smoothstep(
            0.0, 0.15 * np.ptp(seam),
            np.minimum(x - seam[0], seam[-1] - x),
        )
        source[:, 1] += share * (kept - source[:, 1])
        return source

    def _displacement(self):
        rows, columns = np.mgrid[:self.shape[0], :self.shape[1]]
        grid = np.stack([columns, rows], -1).astype("float32")
        known = self.skin
        field = spread(
            self._sources(), self.triangles, self.shown, self.shares
        ) - grid
        field[~known] = 0
        whole = extend(field, known, _FADE * self.unit)
        # Without a kink where the mesh ends.
        covered = known | self.holes
        inside = ndimage.distance_transform_edt(covered)
        share = smoothstep(1.0, 0.10 * self.unit, inside)[..., None]
        whole = share * whole + (1 - share) * blur(whole, 0.035 * self.unit)
        eyes = self.holes & ~self._is_low()
        if eyes.any():
            # Lids pass over the eyes, which stay where they are.
            away, nearest = ndimage.distance_transform_edt(
                eyes, return_indices=True
            )
            lids = whole * np.exp(-away / (_EYE_FADE * self.unit))[..., None]
            # Of closed eyes nothing is seen between the lids.
            width = ndimage.maximum_filter(away, round(0.15 * self.unit))
            closed = smoothstep(0.05 * self.unit, 0.02 * self.unit, width)
            lids += closed[..., None] * (whole[tuple(nearest)] - lids)
            whole = np.where(eyes[..., None], lids, whole)
        # At the frame's border nothing moves.
        margin = np.minimum.reduce([
            rows, columns, self.shape[0] - 1 - rows,
            self.shape[1] - 1 - columns,
        ])
        whole *= smoothstep(0, 0.25 * self.unit, margin)[..., None]
        return whole.astype("float32")

    def _is_low(self):
        """bool `[h, 1]`: rows below the middle between eyes and mouth."""
        eyes = self.places[self.model.eye_edges.ravel(), 1].mean()
        mouth = self.places[self.model.upper_lip, 1].min()
        return np.arange(self.shape[0])[:, None] > 0.3 * eyes + 0.7 * mouth

    def _mouth(self):
        """What is open between the lips, and a box around it."""
        upper = self.places[self.model.upper_lip]
        lower = self.places[self.model.lower_lip]
        mask = np.zeros(self.shape, "float32")
        rows = np.arange(self.shape[0])[:, None]
        columns = np.arange(self.shape[1])
        left = max(upper[0, 0], lower[0, 0])
        right = min(upper[-1, 0], lower[-1, 0])
        top = np.interp(columns, upper[:, 0], upper[:, 1])
        bottom = np.interp(columns, lower[:, 0], lower[:, 1])
        # The share of each pixel that lies between the lips' edges.
        between = np.clip(
            np.minimum(rows + 0.5, bottom) - np.maximum(rows - 0.5, top), 0, 1
        )
        between *= (columns >= left) & (columns <= right)
        # Lips that hardly part show no inside, but their own dark seam.
        between *= smoothstep(
            _CLOSED * self.unit, 2.5 * _CLOSED * self.unit, bottom - top
        )
        mask[:] = between * (self.holes | ~self.skin | (between < 1))
        # Towards the corners the skin's own hole is rounder.
        corners = self.holes & self._is_low() & (
            (columns < left) | (columns > right)
        )
        mask[corners] = 1
        found = np.argwhere(mask > 0.05)
        if not len(found):
            return np.zeros(self.shape, "float32"), None
        (low_y, low_x), (high_y, high_x) = found.min(axis=0), found.max(axis=0)
        room = 6
        return mask, (
            max(low_x - room, 0), min(high_x + room + 1, self.shape[1]),
            max(low_y - room, 0), min(high_y + room + 1, self.shape[0]),
        )

    def _colours(self, mask, box):
        left, right, top, bottom = box
        colours = render_mouth(
            self.model, self.after, self.places, self.model.neutral, box,
            mask[top:bottom, left:right], self.unit, self.face.look,
        )
        return blur(colours, 0.8 * self.face.look.blur)

    def _ratio(self, mask):
        model, folds = self.model, self.face.animator.folds
        values = vertex_ratio(
            model, self.face.light, self.before, self.after
        )[:model.skin]
        on_screen = spread(
            np.c_[values, model.neutral[:model.skin, :2]], self.triangles,
            self.shown, self.shares,
        )
        ratio = np.where(self.skin, on_screen[..., 0], 1.0)
        dark = np.zeros(self.shape, "float32")
        dark[self.skin] = folds.darkness(
            on_screen[self.skin][:, 1:], self.weights
        )
        ratio = blur(ratio.astype("float32"), 0.018 * self.unit)
        ratio = ratio * (1 - blur(dark, 0.010 * self.unit))
        # The lips' edges turn away from the light as the mouth opens.
        if mask.any():
            ratio *= 1 - 0.30 * np.clip(
                blur(mask, 0.03 * self.unit), 0, 0.5
            )
        inside = ndimage.distance_transform_edt(self.skin | self.holes)
        edge = smoothstep(0.0, 0.10 * self.unit, inside)
        return (1 + (ratio - 1) * edge).astype("float32")
