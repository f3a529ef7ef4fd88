"""Where each vertex of the fitted face lies in the photograph, exactly."""

import dataclasses

import numpy as np
from scipy import ndimage

from exprgan_tf.animation.landmarks import INNER_LIPS
from exprgan_tf.animation.lips import LIP_REACH, carry_teeth

# All lengths are shares of the distance between the eyes.
_MOST_CORRECTION = 0.18
# The lips' seam is looked for this far from the landmarks, of the mouth's
# width; a step up or down costs as much as this much darkness.
_SEAM_REACH, _STEP_COST = 0.10, 0.08
# Landmarks of parted lips may lie on the teeth: these end so near, of the
# mouth's width, and are so much brighter than the lip, of 255.
_TEETH_REACH, _TEETH_CONTRAST = 0.12, 16


@dataclasses.dataclass(frozen=True)
class Registration:
    """The photograph's own places of the model's vertices.

    Attributes:
        correction: float32 `[v, 2]`, pixels from the projected vertex to
            its place in the photograph.
        places: float32 `[v, 2]`, pixels.
        seam_x, seam_upper, seam_lower: float `[n]`, the edges of upper and
            lower lip where they touch or part, for every column of pixels.
        gap: how far the lips are parted in the middle, of the mouth's width.
    """

    correction: np.ndarray
    places: np.ndarray
    seam_x: np.ndarray
    seam_upper: np.ndarray
    seam_lower: np.ndarray
    gap: float


def register(model, fit, points, gray, eye_distance):
    """Brings the vertices onto landmarks, and the lips onto their seam.

    Args:
        model: the `ReducedFaceModel`.
        fit: its `Fit`.
        points: `[468, 2]`, landmarks in pixels.
        gray: float32 `[h, w]`, 0 to 255.
        eye_distance: in pixels.

    Returns:
        A `Registration`.
    """
    projected, _ = fit.project(fit.vertices)
    off = points - model.at_landmarks(projected)
    correction = np.zeros_like(projected)
    most = _MOST_CORRECTION * eye_distance
    correction[:model.skin] = np.clip(model.carry @ off, -most, most)
    seam_x, upper, lower, gap = find_seam(gray, points)
    for line, edge, sign in (
        (model.upper_lip, upper, -1.0), (model.lower_lip, lower, 1.0)
    ):
        _to_seam(model, projected, correction, line, seam_x, edge, sign,
                 eye_distance)
    carry_teeth(model, correction)
    return Registration(
        correction, projected + correction, seam_x, upper, lower, gap
    )


def find_seam(gray, points):
    """Edges of the lips, for every column between the mouth's corners.

    Closed lips meet in a dark line: the smoothest and darkest path, by
    dynamic programming. Parted lips have their landmarks' edges.

    Args:
        gray: float32 `[h, w]`.
        points: `[468, 2]`.

    Returns:
        Columns `[n]`, rows `[n]` of the upper and the lower lip's edge, and
        the gap between them in the middle as a share of the width.
    """
    inner = points[[INNER_LIPS[0], INNER_LIPS[1]]]
    left, right = inner[0, 0], inner[0, -1]
    width = max(np.hypot(*(right - left)), 4.0)
    columns = np.arange(
        int(np.ceil(min(left[0], right[0] - 3))), int(right[0]) + 1
    )
    upper, lower = (
        np.interp(columns, line[:, 0], line[:, 1])
        for line in np.maximum.accumulate(inner, axis=1) * [1, 0]
        + inner * [0, 1]
    )
    gap = float((inner[1, 4:7, 1] - inner[0, 4:7, 1]).mean() / width)
    middle = (upper + lower) / 2
    dark = _darkest_path(gray, columns, middle, width)
    half = np.clip((lower - upper) / 2 - 0.02 * width, 0, None)
    # The dark line counts where lips touch, landmarks where they are apart.
    apart = np.clip(half / (0.03 * width), 0, 1)
    centre = (1 - apart) * dark + apart * middle
    upper, lower = (
        edge + sign * apart.max() * _teeth_beyond(
            gray, columns, middle, edge, sign, width
        )
        for edge, sign in ((centre - half, -1), (centre + half, 1))
    )
    return columns, upper, lower, gap


def _teeth_beyond(gray, columns, middle, edge, sign, width):
    """How far teeth reach beyond a lip's landmarks, pixels of each column."""
    steps = np.arange(max(round(_TEETH_REACH * width), 1) + 1)

    def seen(rows):
        rows = np.clip(np.rint(rows), 0, gray.shape[0] - 1).astype(int)
        return gray[rows, np.clip(columns, 0, gray.shape[1] - 1)[:, None]]

    between = np.linspace(0, 1, 8)
    teeth = seen(edge[:, None] + between * (middle - edge)[:, None]).max(axis=1)
    outside = seen(edge[:, None] + sign * steps)
    lip = outside.min(axis=1)
    bright = outside > ((teeth + lip) / 2)[:, None]
    far = np.cumprod(bright, axis=1).sum(axis=1) * (
        teeth - lip > _TEETH_CONTRAST
    )
    # What reaches to the end is skin as bright as teeth, and no edge.
    far = np.where(far > steps[-1], 0, far).astype(float)
    spread = max(0.03 * width, 1.0)
    size = 2 * round(spread) + 1
    far = ndimage.maximum_filter(ndimage.median_filter(far, size), size)
    return ndimage.gaussian_filter1d(far, spread)


def _darkest_path(gray, columns, guess, width):
    reach = max(int(_SEAM_REACH * width), 2)
    smooth = ndimage.gaussian_filter(gray, max(0.012 * width, 0.8))
    offsets = np.arange(-reach, reach + 1)
    rows = np.rint(guess[:, None] + offsets)
    rows = np.clip(rows, 0, gray.shape[0] - 1).astype(int)
    inside = np.clip(columns, 0, gray.shape[1] - 1)
    cost = smooth[rows, inside[:, None]]
    contrast = np.ptp(cost, axis=1, keepdims=True) + 12.0
    cost = (cost - cost.min(axis=1, keepdims=True)) / contrast
    cost += 0.35 * (offsets / reach) ** 2
    # Near the corners the landmarks know better.
    share = np.minimum(columns - columns[0], columns[-1] - columns) / width
    near_corner = np.clip(0.10 - share, 0, None)[:, None] / 0.10
    cost += 3 * near_corner * (offsets / reach) ** 2
    best = np.zeros(cost.shape, int)
    total = cost[0].copy()
    for index in range(1, len(columns)):
        padded = np.pad(total, 1, constant_values=np.inf)
        options = np.stack([
            padded[:-2] + _STEP_COST, padded[1:-1], padded[2:] + _STEP_COST
        ])
        best[index] = options.argmin(axis=0)
        total = cost[index] + options.min(axis=0)
    place = int(total.argmin())
    path = [place]
    for index in range(len(columns) - 1, 0, -1):
        place += best[index, place] - 1
        path.append(place)
    found = guess + offsets[np.array(path[::-1])]
    return ndimage.gaussian_filter1d(found, max(0.02 * width, 1.0))


def _to_seam(model, projected, correction, line, seam_x, edge, sign,
             eye_distance):
    """Moves one lip so that its contact line lies on the seam."""
    places = projected + correction
    width = seam_x[-1] - seam_x[0]
    lip = np.where(
        (model.follows_jaw == (sign > 0))
        & (np.arange(len(places)) < model.skin)
        & (np.abs(places[:, 0] - seam_x.mean()) < 0.8 * width)
        & (np.abs(places[:, 1] - edge.mean()) < 0.8 * width)
    )[0]
    ring = places[line]
    ring = ring[np.argsort(ring[:, 0])]
    ring_y = np.interp(places[lip, 0], ring[:, 0], ring[:, 1])
    goal = np.interp(places[lip, 0], seam_x, edge)
    away = np.clip(sign * (places[lip, 1] - ring_y), 0, None)
    share = np.exp(-(away / (LIP_REACH * width)) ** 2)
    beside = np.clip(np.maximum(
        seam_x[0] - places[lip, 0], places[lip, 0] - seam_x[-1]
    ), 0, None)
    share *= np.exp(-(beside / (0.08 * width)) ** 2)
    most = 0.12 * eye_distance
    correction[lip, 1] += np.clip(goal - ring_y, -most, most) * share
