"""Faces whose own pixels move as a network says: nothing is fitted."""

import functools

import numpy as np

from exprgan_tf.animation.fields import blur
from exprgan_tf.animation.look import grain_of, warm
from exprgan_tf.animation.motion import Motion
from exprgan_tf.animation.tinting import is_gray
from exprgan_tf.editing.animated import (
    MOST_PARTS,
    MovedFace,
    steps_around,
)
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment
from exprgan_tf.pictures.levels import to_floats

# Less than this is noise of the network, which fades out: shares of the
# side, of brightness, and of the mask.
_STILL, _SAME_LIGHT, _EMPTY = 0.0006, 0.004, 0.02
# At the frame's border nothing moves, and in this share beside it less.
_BORDER = 0.06
# What is new is painted softer than it is, the mean of what it may be: of the
# true mouths' Laplacian it has a quarter of the variance. Sharpened by this
# much, on this scale (a share of the side), it has all of it.
_SHARPER, _SOFT = 1.2, 1 / 64
# Teeth are what is brighter than these shares of well-lit skin, and become as
# bright as the third, by no more than a factor; they have this share of its
# tint. Percentiles say which skin is well lit, and what of a mouth is bright.
_TEETH, _AS_SKIN, _MOST_GAIN, _WARM = (0.3, 0.55), 0.95, 1.5, 0.7
_LIT, _BRIGHTEST = 75, 90
# Answers of the network that are kept for the screen.
_KEPT = 16


class NetworkFace(MovedFace):
    """A face that a `MotionModel` has seen.

    What a mixture shows is an expression's name or a code `[K d]`, and
    shapes where a face model was fitted, too.

    Args:
        model: the `MotionModel`.
        face: the `faces.photographs.Face`.
        fitted: the `AnimatedFace` that moves its shapes, or None.
    """

    def __init__(self, model, face, fitted=None):
        super().__init__(face)
        self._model = model
        self._fitted = fitted
        self._home, image = face.transform, face.image
        if face.landmarks is not None:
            # A picture that is taken whole is only nearly in place; the
            # network learned from faces that are.
            config = model.config
            self._home = alignment.similarity(
                face.landmarks, config.image_size, config.face_margin
            )
            image = to_floats(alignment.cut_out(
                face.picture, config.image_size, self._home
            ))
        self._seen = model.seen(image[None])
        # Of what it needs and not of the face: one that a server drops would
        # stay until the next look for circles.
        self._made = functools.partial(_made, model, self._seen)
        self._kept = functools.lru_cache(_KEPT)(self._made)

    @property
    def size(self):
        """Bytes in memory, beside the model's."""
        side = self._model.config.image_size
        # Answers of seven floats a pixel.
        kept = (1 + _KEPT) * 28 * side**2
        return self.before.nbytes + kept + sum(
            4 * int(np.prod(maps.shape)) for maps in self._seen
        ) + (self._fitted.size if self._fitted else 0)

    @property
    def moves_shapes(self):
        return self._fitted is not None

    def motion(self, mix, on_screen=False):
        if any(isinstance(what, dict) for what, _ in mix):
            if self._fitted is None:
                raise UserError("The shapes of this face cannot be moved")
            return self._fitted.motion(mix)
        if on_screen and len(mix) <= MOST_PARTS:
            made = self._between(mix)
        else:
            made = self._made(tuple(self._model.intensities(mix)))
        share = min(sum(intensity for _, intensity in mix), 1.0)
        if share < 1.0:
            # The network takes back what the face shows; asked for nothing
            # it leaves the photograph as it is.
            left = 1.0 - share
            rest = self._at_rest
            made = {
                "displacement":
                    made["displacement"] - left * rest["displacement"],
                "ratio": made["ratio"] / rest["ratio"] ** left,
                "mask": made["mask"] - left * rest["mask"],
                "colours": made["colours"],
            }
        side = len(made["mask"])
        fade = _fade(side)
        displacement = made["displacement"]
        length = np.hypot(*np.moveaxis(displacement, -1, 0))[..., None]
        displacement = side * displacement * fade * alignment.ramp(
            length, _STILL, 3 * _STILL
        )
        change = made["ratio"] - 1.0
        change = change * fade * alignment.ramp(
            np.abs(change), _SAME_LIGHT, 3 * _SAME_LIGHT
        )
        mask = np.clip(made["mask"], 0.0, 1.0)
        colours = sharpened(127.5 * (made["colours"] + 1.0), mask)
        mask = mask * fade * alignment.ramp(mask, _EMPTY, 3 * _EMPTY)
        colours = lit_teeth(colours, mask, self._skin)
        if self._is_gray:
            colours[:] = colours.mean(axis=-1, keepdims=True)
        else:
            colours = warm(colours)
        grow = side / self._model.config.image_size
        transform = grow * self._home
        transform[:, 2] += 0.5 * grow - 0.5
        return Motion(
            transform, displacement.astype("float32"),
            (1.0 + change[..., 0]).astype("float32"),
            mask[..., 0].astype("float32"),
            np.clip(colours, 0, 255).astype("float32"), self._grain,
        )

    def _between(self, mix):
        """As `_made`, linearly between the steps around the intensities."""
        corners = [
            (self._kept(tuple(self._model.intensities(parts))), weight)
            for parts, weight in steps_around(mix)
        ]
        return {
            name: sum(weight * made[name] for made, weight in corners)
            for name in corners[0][0]
        }

    @functools.cached_property
    def _at_rest(self):
        """How the face changes to show nothing."""
        return self._made(tuple(self._model.intensities([])))

    @functools.cached_property
    def _is_gray(self):
        return is_gray(self._face.picture)

    @functools.cached_property
    def _skin(self):
        """`[3]`, 0 to 255: the colour of well-lit skin."""
        pixels = self.before[alignment.face_mask(len(self.before)) > 0.5]
        return np.percentile(127.5 * (pixels + 1.0), _LIT, axis=0)

    @functools.cached_property
    def _grain(self):
        gray = 127.5 * (self.before.mean(axis=-1) + 1.0)
        return grain_of(gray, alignment.face_mask(len(gray)) > 0.5)


def _made(model, seen, intensities):
    return {
        name: values[0]
        for name, values in model.motions(seen, [intensities]).items()
    }


def sharpened(colours, mask):
    """Colours whose steps are as high as those of true mouths.

    Args:
        colours: float32 `[s, s, 3]`, 0 to 255.
        mask: float32 `[s, s, 1]`, how much each counts.
    """
    sigma = _SOFT * len(mask)
    # Where nothing is new colours mean nothing.
    weight = mask + 1e-3
    soft = blur(colours * weight, sigma) / blur(weight, sigma)
    return colours + _SHARPER * (colours - soft)


def lit_teeth(colours, mask, skin):
    """Colours in which teeth are nearly as bright as skin, and as warm.

    The mean of what teeth may be is darker than any, and gray, which looks
    blue beside skin.

    Args:
        colours: float32 `[s, s, 3]`, 0 to 255.
        mask: float32 `[s, s, 1]`, how much each counts.
        skin: `[3]`, the colour of well-lit skin.
    """
    level = max(skin.mean(), 1.0)
    bright = colours.mean(axis=-1, keepdims=True) / level
    shown = bright[mask > 0.5]
    if not len(shown):
        return colours
    most = np.percentile(shown, _BRIGHTEST)
    gain = np.clip(_AS_SKIN / max(most, 1e-3), 1.0, _MOST_GAIN)
    # Where nothing is bright no teeth are shown.
    gain = 1.0 + (gain - 1.0) * alignment.ramp(most, *_TEETH)
    teeth = alignment.ramp(bright, *_TEETH)
    tint = (skin / level) ** _WARM
    return colours * (1.0 + teeth * (gain * tint - 1.0))


@functools.cache
def _fade(side):
    """float32 `[side, side, 1]`: 0 at the border, 1 inside."""
    place = (np.arange(side) + 0.5) / side
    near = alignment.ramp(np.minimum(place, 1.0 - place), 0.0, _BORDER)
    return np.minimum.outer(near, near)[..., None].astype("float32")
