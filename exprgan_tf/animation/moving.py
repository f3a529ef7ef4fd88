"""The steps from shapes' weights to a `Motion` of a fitted face."""

import functools

import numpy as np
from scipy import ndimage

from exprgan_tf.animation.fields import (
    blur,
    box_around,
    distance_within,
    extend,
    reach_of,
)
from exprgan_tf.animation.glasses import held_by_glasses
from exprgan_tf.animation.lips import (
    CLOSED,
    LipEdges,
    outer_edges,
    part_lips,
)
from exprgan_tf.animation.motion import Motion
from exprgan_tf.animation.mouth import render_mouth
from exprgan_tf.animation.relighting import ratio_image
from exprgan_tf.animation.seam import paint_corners, paint_seam, soften_seam
from exprgan_tf.animation.skin import (
    press_under_nose,
    spread_around_mouth,
    spread_lid_folds,
)
from exprgan_tf.animation.surfaces import Drawn
from exprgan_tf.faces.alignment import ramp

# Lengths are shares of the distance between the eyes.
_FADE = 0.55  # how far around the face its motion is felt
_EYE_FADE = 0.05  # how far from the lids what they move
_LIP_FADE = 0.02  # how far from lips that close
_SEAM = 0.018  # dark line between closed lips, which must not open with them
# Of the mouth's width: where its corners begin, of lips that were closed and
# of those that close.
_CORNERS = (0.15, 0.02)
# What lies so near to teeth is blurred with them: at the most, at the least,
# and of the lip's thickness.
_TEETH, _LEAST_TEETH, _THIN = 0.045, 0.012, 0.25
_EDGE_SOFT = 0.035  # so that no kink is seen where the mesh ends
_HELD_SOFT = 0.05  # where what glasses hold goes over into what moves
_NEW = 0.08  # lips that part by so much more show a rendered mouth


class Mover:
    """Moves a face once.

    Args:
        face: a `FittedFace`.
        weights: `{shape: weight}`, one-sided names.
        closed: the share, 0 to 1, to which parted lips are closed before.

    Attributes:
        before, after: float32 `[v, 3]`, vertices as the camera sees them.
        places: float32 `[v, 2]`, pixels of the moved ones.
        lips: their `LipEdges`.
        shape, unit: of the frame, and the eyes' distance, pixels.
        drawn: the mesh of the skin, `Drawn`.
        skin, holes: bool `[h, w]`, what the mesh shows, and its holes.
        box: of the frame, around the mesh.
        across, up: float32 `[h, w]`, places on the neutral face, centimetres.
        inside: float `[h, w]`, from the face's outline, pixels.
    """

    def __init__(self, face, weights, closed=0.0):
        self.face, self.weights, self.closed = face, weights, closed
        self.model = face.animator.model
        fit = face.fit
        moved = fit.vertices + self.model.offset(weights)
        self.before, self.after = fit.turned(fit.vertices), fit.turned(moved)
        places, self.depth = fit.project(moved)
        self.places = places + face.registration.correction
        if closed:
            self.places += closed * face.closing
        part_lips(self.model, self.places)
        self.lips = LipEdges(self.model, self.places)
        self.shape = face.gray.shape
        self.drawn = Drawn(
            self.places[:self.model.skin], self.depth,
            face.animator.triangles, self.shape,
        )
        self.skin = self.drawn.hit
        self.unit = face.eye_distance
        # All of the mesh, and what a blur of it sees.
        self.box = box_around(self.skin, reach_of(_EDGE_SOFT * self.unit) + 2)
        self.holes = np.zeros(self.shape, bool)
        skin = self.skin[self.box]
        self.holes[self.box] = ndimage.binary_fill_holes(skin) & ~skin
        # Where pixels lie on the neutral face, centimetres.
        self.across, self.up = np.moveaxis(self.drawn.spread(
            self.model.neutral[:self.model.skin, :2]
        ), -1, 0)
        # How far from the face's outline, pixels.
        self.inside = np.zeros(self.shape, "float32")
        self.inside[self.box] = distance_within(skin | self.holes[self.box])

    def motion(self):
        displacement = self._displacement()
        mask, opening, box = self._mouth()
        colours = np.zeros((*self.shape, 3), "float32")
        if box is not None:
            left, right, top, bottom = box
            colours[top:bottom, left:right] = self._colours(mask, box)
        ratio = ratio_image(self, mask, opening, displacement)
        if mask.any():
            mask = np.clip(blur(mask, 0.5 * self.face.look.blur), 0, 1)
        if self.closed:
            paint_corners(self, mask, colours, displacement, opening)
            paint_seam(self, mask, colours, displacement)
        return Motion(
            self.face.transform, displacement, ratio, mask, colours,
            self.face.look.grain,
        )

    def _sources(self):
        """Places in the photograph of what vertices show, `[skin, 2]`."""
        registration, model = self.face.registration, self.model
        source = registration.places[:model.skin].copy()
        # The dark line between closed lips stays behind as they open.
        x = source[:, 0]
        upper, lower = self.lips.at(x)
        opening = lower - upper
        clear = _SEAM * self.unit * ramp(
            opening,
            CLOSED * self.unit, 0.10 * self.unit,
        )
        seam = registration.seam_x
        edge_high, edge_low = (
            np.interp(x, seam, edge) for edge in
            (registration.seam_upper, registration.seam_lower)
        )
        outer_high, outer_low = outer_edges(self.face.points, x)
        near = (
            (x > seam[0]) & (x < seam[-1]) & (model.lip_depth[:model.skin] < 12)
        )
        low = near & model.follows_jaw[:model.skin]
        high = near & ~low
        # Landmarks of parted lips lie on the teeth, which closed ones hide.
        edge_high = edge_high - np.maximum(
            clear, self._on_teeth(edge_high - outer_high)
        )
        edge_low = edge_low + np.maximum(
            clear, self._on_teeth(outer_low - edge_low)
        )
        kept = source[:, 1].copy()
        kept[low] = np.maximum(kept[low], edge_low[low])
        kept[high] = np.minimum(kept[high], edge_high[high])
        # In the corners the seam ends, and would be drawn out to a line.
        share = ramp(
            np.minimum(x - seam[0], seam[-1] - x),
            0.0, np.interp(self.closed, (0, 1), _CORNERS) * np.ptp(seam),
        )
        source[:, 1] += share * (kept - source[:, 1])
        return source

    def _on_teeth(self, thick):
        """How far from the edge of a lip that closes teeth may be seen; of a
        thin lip little, or nothing of it would be left."""
        return self.closed * self.unit * np.clip(
            _THIN * thick / self.unit, _LEAST_TEETH, _TEETH
        )

    def _displacement(self):
        field = self.drawn.spread(
            self._sources() - self.places[:self.model.skin]
        )
        if self.face.glasses:
            held = blur(
                held_by_glasses(self.across, self.up) * self.skin,
                _HELD_SOFT * self.unit,
            )
            field *= 1 - self.face.glasses * held[..., None]
        whole = extend(field, self.skin, _FADE * self.unit)
        # Without a kink where the mesh ends.
        share = ramp(self.inside, 1.0, 0.10 * self.unit)[..., None]
        soft = blur(whole, _EDGE_SOFT * self.unit)
        whole = soft + share * (whole - soft)
        press_under_nose(self, whole)
        spread_around_mouth(self, whole)
        spread_lid_folds(self, whole)
        soften_seam(self, whole)
        self._keep_eyes(whole)
        self._keep_teeth(whole)
        # At the frame's border nothing moves.
        down, along = (
            ramp(np.minimum(line, line[::-1]), 0, 0.25 * self.unit)
            for line in (np.arange(size, dtype="float32")
                         for size in self.shape)
        )
        whole *= np.minimum(down[:, None], along)[..., None]
        return whole

    def _keep_eyes(self, field):
        """Lids pass over the eyes, which stay where they are."""
        eyes = self.holes & ~self._is_low()
        if not eyes.any():
            return
        reach = round(0.15 * self.unit)
        box = box_around(eyes, reach + 1)
        eyes, whole = eyes[box], field[box]
        away, nearest = ndimage.distance_transform_edt(
            eyes, return_indices=True
        )
        lids = whole * np.exp(-away / (_EYE_FADE * self.unit))[..., None]
        # Of closed eyes nothing is seen between the lids.
        width = ndimage.maximum_filter(away, reach)
        closed = ramp(width, 0.02 * self.unit, 0.008 * self.unit)
        lids += closed[..., None] * (whole[tuple(nearest)] - lids)
        field[box] = np.where(eyes[..., None], lids, whole)

    def _keep_teeth(self, field):
        """Lips that close pass over the teeth, which stay where they are."""
        teeth = self.holes & self._is_low()
        if self._lacking == 1 or not teeth.any():
            return
        upper, lower = self.lips.at(np.arange(self.shape[1]))
        # Between lips that touch, lips go on.
        parted = ramp(
            lower - upper, CLOSED * self.unit, 2.5 * CLOSED * self.unit
        )
        away = distance_within(teeth)
        kept = (1 - self._lacking) * parted * (
            1 - np.exp(-away / (_LIP_FADE * self.unit))
        )
        field *= 1 - kept[..., None]

    def _is_low(self):
        """bool `[h, 1]`: rows below the middle between eyes and mouth."""
        eyes = self.places[self.model.eye_edges.ravel(), 1].mean()
        mouth = self.places[self.model.upper_lip, 1].min()
        return np.arange(self.shape[0])[:, None] > 0.3 * eyes + 0.7 * mouth

    def _mouth(self):
        """What is new between the lips, what is open, and a box around it."""
        rows = np.arange(self.shape[0])[:, None]
        columns = np.arange(self.shape[1])
        top, bottom = self.lips.opening(columns)
        # The share of each pixel that lies between the lips' edges.
        between = np.clip(
            np.minimum(rows + 0.5, bottom) - np.maximum(rows - 0.5, top), 0, 1
        )
        between *= self.lips.inside(columns) >= 0
        between = self.lips.rounded(between, (bottom - top).max())
        # Lips that hardly part show no inside, but their own dark seam.
        between *= ramp(
            bottom - top,
            CLOSED * self.unit, 2.5 * CLOSED * self.unit,
        )
        opening = (
            between * (self.holes | ~self.skin | (between < 1))
        ).astype("float32")
        mask = opening * self._lacking
        found = np.argwhere(mask > 0.05)
        if not len(found):
            return np.zeros_like(opening), opening, None
        (low_y, low_x), (high_y, high_x) = found.min(axis=0), found.max(axis=0)
        room = 6
        return mask, opening, (
            max(low_x - room, 0), min(high_x + room + 1, self.shape[1]),
            max(low_y - room, 0), min(high_y + room + 1, self.shape[0]),
        )

    @functools.cached_property
    def _lacking(self):
        """How much of the mouth's inside the photograph lacks, 0 to 1."""
        beyond = self.lips.beyond(self.face.registration)
        return ramp(beyond, CLOSED * self.unit, _NEW * self.unit)

    def _colours(self, mask, box):
        left, right, top, bottom = box
        colours = render_mouth(
            self.model, self.after, self.places, self.weights, box,
            mask[top:bottom, left:right], self.unit, self.face.look,
        )
        return blur(colours, 0.8 * self.face.look.blur)
