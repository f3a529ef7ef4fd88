"""Faces whose own pixels move: the photograph is fitted, not decoded."""

import dataclasses
import functools
import math

import numpy as np

from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.motion import between
from exprgan_tf.animation.quality import fault, measure
from exprgan_tf.animation.recipes import shapes_of
from exprgan_tf.config import NEUTRAL
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment
from exprgan_tf.intensities import class_shares
from exprgan_tf.pictures.levels import to_floats, to_uint8

# Pictures of the face alone are as large as it is in the photograph, within
# these bounds.
_LEAST_SIDE, _MOST_SIDE = 64, 512
# On the screen motions are made for so many steps of an intensity, and what
# lies between two is their mean.
_STEPS = 8
# Mixtures of more parts have too many steps around them.
MOST_PARTS = 2
# Less of an expression than this is hardly seen.
_SMALL_WAY = 0.5
# Motions of the steps that an animated face keeps: all around one mixture.
_KEPT = 2**MOST_PARTS


class CannotMove(UserError):
    """A face whose photograph the animation does not take; says why."""


class MovedFace:
    """A face of a photograph whose own pixels move.

    What it is to show is a mixture: a list of pairs of what and how much.
    A subclass says in `motion` how the photograph changes for one.

    Attributes:
        moves_pixels: whether it does, and paints no face.
        moves_shapes: whether a mixture may hold shapes.
        shows: the expression that is there, so that asking for it changes
            little; None: none that is known.

    Args:
        face: the `faces.photographs.Face`.
    """

    moves_pixels, moves_shapes, shows = True, False, None

    def __init__(self, face):
        self._face = face
        scale = math.hypot(*face.transform[:, 0])
        side = len(face.image)
        self._side = int(np.clip(side / scale, _LEAST_SIDE, _MOST_SIDE))
        grow = self._side / side
        self._transform = grow * face.transform
        # Positions are pixel centres; a resize scales pixel edges.
        self._transform[:, 2] += 0.5 * grow - 0.5

    @functools.cached_property
    def before(self):
        """`[t, t, 3]` in [-1, 1], the face as it is."""
        return self.cut_out(self._face.picture)

    @functools.cached_property
    def _shown(self):
        return to_uint8(self.before)

    def pictures(self, mixes):
        """Images `[n, t, t, 3]` in [-1, 1] of the face, one a mixture."""
        return np.stack([
            self.cut_out(self.motion(mix).apply(self._face.picture))
            for mix in mixes
        ])

    def changes(self, mixes):
        """What each mixture changes of a photograph: a `Moved` each."""
        return [
            Moved(self.motion(mix), self._face.transform) for mix in mixes
        ]

    def on_screen(self, mix, whole=False):
        """The face with a mixture, uint8, as fast as a slider needs it.

        Args:
            mix: the mixture.
            whole: whether the photograph is wanted, and not the face alone.
        """
        motion = self.motion(mix, on_screen=True)
        if whole:
            return motion.apply(self._face.picture)
        home, alone = (
            np.vstack([each, [0.0, 0.0, 1.0]])
            for each in (motion.transform, self._transform)
        )
        return dataclasses.replace(
            motion, transform=(home @ np.linalg.inv(alone))[:2]
        ).apply(self._shown)

    def motion(self, mix, on_screen=False):
        """The `animation.motion.Motion` of a mixture, or nearly that."""
        raise NotImplementedError

    def cut_out(self, picture):
        """The face in a changed photograph, `[t, t, 3]` in [-1, 1].

        Args:
            picture: uint8 `[h, w, 3]`.
        """
        return to_floats(
            alignment.cut_out(picture, self._side, self._transform)
        )


class AnimatedFace(MovedFace):
    """A face to which the face model was fitted.

    What a mixture shows is an expression's name, shapes as `{name: weight}`,
    or a code `[K d]` of the model, which counts as its strongest expression.

    Args:
        fitted: an `animation.animator.FittedFace`.
        face: the `faces.photographs.Face`.
        classes: the names behind codes.
    """

    moves_shapes = True

    def __init__(self, fitted, face, classes):
        super().__init__(face)
        self._fitted = fitted
        self._classes = classes
        # Of what it needs and not of the face: one that a server drops would
        # stay until the next look for circles.
        self._kept = functools.lru_cache(_KEPT)(
            functools.partial(_motion, fitted, classes)
        )

    @classmethod
    def of(cls, face, classes):
        """Fits a `faces.photographs.Face`.

        Raises:
            CannotMove: when no good would come of it.
        """
        try:
            fitted = Animator.load().fit(
                face.picture, face.landmarks, mesh=face.mesh
            )
        except UserError as error:
            raise CannotMove(str(error)) from None
        reason = fault(measure(fitted, face.picture), False)
        if reason:
            raise CannotMove(reason)
        return cls(fitted, face, classes)

    @property
    def size(self):
        """Bytes in memory."""
        # Pixels as floats, masks and meshes of the frame, and motions of
        # seven floats a pixel.
        return self.before.nbytes + (
            (40 * self._fitted.gray.itemsize + 28 * _KEPT)
            * self._fitted.gray.size
        )

    @property
    def shows(self):
        return next((
            name for name in self._classes
            if self._fitted.way_to(name) < _SMALL_WAY
        ), None)

    def motion(self, mix, on_screen=False):
        if on_screen and len(mix) <= MOST_PARTS and all(
            isinstance(what, str) for what, _ in mix
        ):
            return between([
                (self._kept(parts), weight)
                for parts, weight in steps_around(mix)
            ])
        return _motion(self._fitted, self._classes, mix)


def steps_around(mix):
    """The steps of intensities around a mixture, and how near each is.

    Returns:
        A list of `(mixture, weight)`, tuples; the weights add up to 1.
    """
    around = [((), 1.0)]
    for what, intensity in mix:
        low, share = divmod(intensity * _STEPS, 1.0)
        around = [
            ((*parts, (what, (low + step) / _STEPS)), weight * part)
            for parts, weight in around
            for step, part in enumerate((1.0 - share, share)) if part
        ]
    return around


def _motion(fitted, classes, mix):
    """The motion of a mixture, see `AnimatedFace`."""
    weights, share = {}, 0.0
    for what, intensity in mix:
        if isinstance(what, dict):
            shapes = what
        else:
            name, shapes = _recipe(classes, what)
            intensity *= fitted.way_to(name)
            share += intensity
        for shape, weight in shapes.items():
            weights[shape] = weights.get(shape, 0.0) + weight * intensity
    # An expression takes the place of the one that is there already.
    return fitted.motion(weights, taken_back=min(share, 1.0))


def _recipe(classes, what):
    """Name and shapes of an expression, by its name or its code."""
    if isinstance(what, str):
        return what, {} if what == NEUTRAL else shapes_of(what)
    shares = class_shares(what, len(classes))
    strongest = int(shares.argmax())
    name, shapes = _recipe(classes, classes[strongest])
    return name, {
        shape: weight * float(shares[strongest])
        for shape, weight in shapes.items()
    }


@dataclasses.dataclass(frozen=True)
class Moved:
    """A motion that can be applied to the photograph, in any resolution.

    Args:
        motion: an `animation.motion.Motion`.
        home: float `[2, 3]`, from the photograph that was fitted to its
            face.
    """

    motion: object
    home: np.ndarray

    def apply(self, picture, transform):
        """As that of `decoded.Pasted`."""
        if np.array_equal(transform, self.home):
            return self.motion.apply(picture)
        back, here = (
            np.vstack([each, [0.0, 0.0, 1.0]])
            for each in (self.home, transform)
        )
        moved = dataclasses.replace(
            self.motion,
            transform=self.motion.transform @ np.linalg.inv(back) @ here,
        )
        return moved.apply(picture)
