"""Lips that touch, part and close, in a picture."""

import cv2
import numpy as np
from numpy.polynomial import Polynomial

from exprgan_tf.animation.fields import distance_within
from exprgan_tf.animation.landmarks import OUTER_LIPS
from exprgan_tf.animation.reduced_model import FAR
from exprgan_tf.faces.alignment import ramp

# Of the distance between the eyes: lips nearer than this show nothing between
# them but a dark line.
CLOSED = 0.02
# Lips are no brighter than this share of well-lit skin around the mouth.
LIP_LEVEL = 0.9
# Of the mouth's width: what goes with a lip's edge, and what goes along as
# parted lips close; the upper one, which a smile lifts off the teeth, goes
# this share of the way.
LIP_REACH = 0.16
_CLOSING_REACH, _UPPER_SHARE = 0.35, 0.6
# Of the mouth's width: so near to the corners what is open is round.
_ROUND = 0.12
# Radius of all its corners, of the largest circle in it, as it becomes as high
# as these shares of its width.
_ROUNDNESS, _AS_HIGH = 0.85, (0.35, 0.55)
# Of the mouth's width, within which corners stay where they are; and the degree
# of the line in which lips meet, and points that it is fitted to.
_MEETING, _BENDS, _ALONG = 0.06, 4, 41


class LipEdges:
    """The lines of upper and lower lip that touch in a closed mouth.

    Args:
        model: the `ReducedFaceModel`.
        places: float32 `[v, 2]`, pixels of its vertices.

    Attributes:
        left, right: columns between which both lips are.
        width: of the upper lip's line, pixels.
    """

    def __init__(self, model, places):
        self._upper, self._lower = (
            line[np.argsort(line[:, 0])] for line in
            (places[model.upper_lip], places[model.lower_lip])
        )
        self.left = max(self._upper[0, 0], self._lower[0, 0])
        self.right = min(self._upper[-1, 0], self._lower[-1, 0])
        self.width = max(np.ptp(self._upper[:, 0]), 1.0)

    def at(self, columns):
        """Rows of the upper and of the lower lip's edge, `[n]` each."""
        return tuple(
            np.interp(columns, *line.T) for line in (self._upper, self._lower)
        )

    def opening(self, columns):
        """As `at`, of what is open between them: round towards the corners,
        where vertices of a mouth that narrows crowd, and stand up like ears.
        """
        upper, lower = self.at(columns)
        reach = _ROUND * (self.right - self.left)
        inner = np.subtract(*self.at(
            [self.left + reach, self.right - reach]
        )[::-1])
        gap = np.where(2 * columns < self.left + self.right, *inner)
        share = np.clip(self.inside(columns) / reach, 0, 1)
        most = np.where(share < 1, gap * np.sqrt(share * (2 - share)), np.inf)
        half = np.minimum(lower - upper, most) / 2
        middle = (upper + lower) / 2
        return middle - half, middle + half

    def rounded(self, between, gap):
        """What is open of a mouth: one as high as it is wide has no corners,
        which the mesh keeps at the height of its straight upper lip.

        Args:
            between: `[h, w]`, 1 between the lips' edges and 0 elsewhere.
            gap: how far they are apart at the most, pixels.

        Returns:
            The same without corners, float32.
        """
        width = self.right - self.left
        share = ramp(gap, *(high * width for high in _AS_HIGH))
        between = between.astype("float32")
        # Most mouths are wide.
        if not share:
            return between
        circle = distance_within(between > 0.5).max()
        radius = int(_ROUNDNESS * circle * share)
        if radius < 1:
            return between
        disc = cv2.getStructuringElement(
            cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2
        )
        return cv2.morphologyEx(between, cv2.MORPH_OPEN, disc)

    def inside(self, columns):
        """How far columns `[n]` lie within the corners, pixels."""
        return np.minimum(columns - self.left, self.right - columns)

    def meeting(self, columns):
        """Rows `[n]` in which parted lips meet as they close.

        Edges of teeth are a ragged line, lips that meet are none.
        """
        along = np.linspace(self.left, self.right, _ALONG)
        upper, lower = self.at(along)
        line = Polynomial.fit(
            along, upper + _UPPER_SHARE * np.clip(lower - upper, 0, None),
            _BENDS,
        )
        return line(np.clip(columns, self.left, self.right))

    def beyond(self, seam):
        """How far lips part beyond where the photograph shows teeth, pixels.

        Args:
            seam: the `Registration` of the photograph's lips.
        """
        upper, lower = self.at(seam.seam_x)
        shown = np.minimum(lower, seam.seam_lower) - np.maximum(
            upper, seam.seam_upper
        )
        beyond = np.clip(lower - upper, 0, None) - np.clip(shown, 0, None)
        return float(beyond.max())


def outer_edges(points, columns):
    """Rows of the outer edges of upper and lower lip in a photograph.

    Args:
        points: `[468, 2]`, landmarks.
        columns: `[n]`.

    Returns:
        Two of `[n]`.
    """
    return tuple(
        np.interp(columns, *line[np.argsort(line[:, 0])].T)
        for line in (points[list(lip)] for lip in OUTER_LIPS)
    )


def part_lips(model, places):
    """Pressed lips meet in one line: in the model they reach into each other,
    and one would hide the other's edge.

    Args:
        model: the `ReducedFaceModel`.
        places: float32 `[v, 2]`, pixels; changed in place.
    """
    lips = LipEdges(model, places)
    lip = np.where(model.lip_depth[:model.skin] < FAR)[0]
    x, y = places[lip].T
    upper, lower = lips.at(x)
    overlap = np.clip(upper - lower, 0, None)
    low = model.follows_jaw[lip]
    away = np.where(low, y - lower, upper - y)
    share = _share(away, LIP_REACH * lips.width)
    places[lip, 1] += np.where(low, 0.5, -0.5) * overlap * share


def way_to_close(model, places):
    """The way of each vertex until parted lips touch.

    Args:
        model: the `ReducedFaceModel`.
        places: float32 `[v, 2]`, pixels.

    Returns:
        float32 `[v, 2]`, pixels.
    """
    lips = LipEdges(model, places)
    x, y = places[:model.skin].T
    upper, lower = lips.at(x)
    low = model.follows_jaw[:model.skin]
    away = np.where(low, y - lower, upper - y)
    edge = np.where(low, lower, upper)
    way = np.zeros_like(places)
    way[:model.skin, 1] = (
        (lips.meeting(x) - edge) * (lower > upper)
        * ramp(lips.inside(x), 0.0, _MEETING * lips.width)
        * _share(away, _CLOSING_REACH * lips.width)
    )
    carry_teeth(model, way)
    return way


def carry_teeth(model, way):
    """Teeth go with the lip that they are behind.

    Args:
        model: the `ReducedFaceModel`.
        way: float32 `[v, 2]` of all vertices; that of teeth is written.
    """
    for teeth, line in (
        (model.upper_teeth, model.upper_lip),
        (model.lower_teeth, model.lower_lip),
    ):
        way[np.unique(teeth)] = way[line].mean(axis=0)


def _share(away, reach):
    return np.exp(-(np.clip(away, 0, None) / reach) ** 2)
