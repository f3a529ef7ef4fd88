"""How an expression changes light on skin: the expression ratio image.

The ratio of two renderings of one surface, before and after it moved, is a
photograph's change of shading (Liu, Shan, Zhang: *Expressive Expression
Mapping with Ratio Images*, SIGGRAPH 2001). The light is that of the
photograph, as second-order spherical harmonics; folds finer than the mesh are
drawn where faces have them.
"""

import dataclasses

import numpy as np

from exprgan_tf.animation.fields import blur, sample
from exprgan_tf.animation.surfaces import vertex_normals
from exprgan_tf.faces.alignment import ramp

GAMMA = 2.2
# Cells of the map of folds, centimetres, and the part of the face it shows.
_CELL = 0.05
_LEFT, _RIGHT, _BOTTOM, _TOP = -8.0, 8.0, -11.0, 10.0
# From corner of the nose to below the corner of the mouth.
_NASOLABIAL = ((1.75, 0.35), (2.55, -0.8), (3.15, -2.3), (3.35, -3.6))

# Of the distance between the eyes: skin around a fold, and what of it is darker
# than that; not pores. What gets much brighter looks like paint.
_FOLD_WIDTHS, _MOST_FILLED = (0.10, 0.015), 1.3
# Around the fold from nose to mouth, centimetres, that a smile has.
_AROUND_FOLD = 0.55

# A mesh has shallower folds than skin, and disgust and sadness are told by
# folds. What gets brighter soon looks like paint.
_DARKER, _BRIGHTER = 1.8, 1.2
# Skin between these shares of well-lit skin gets less brighter, and no brighter
# above: in hard light it would be a white stroke.
_LIT, _BRIGHT = 0.3, 1.0


@dataclasses.dataclass(frozen=True)
class Light:
    """Light of a photograph, and what its skin is like under it.

    Attributes:
        harmonics: float `[9]`, of linear luminance by normal.
        level: luminance 0 to 255 of well-lit skin.
        mouth_level: that of the skin around the mouth.
    """

    harmonics: np.ndarray
    level: float
    mouth_level: float

    def __call__(self, normals):
        """Linear luminance `[n]` of skin with normals `[n, 3]`."""
        return _harmonics(normals) @ self.harmonics


def skin_vertices(model):
    """bool `[v]`: skin without eyes, brows, lips and hair."""
    x, y = np.abs(model.neutral[:, 0]), model.neutral[:, 1]
    skin = (y < 9) & (y > -8) & (model.neutral[:, 2] > 4)
    skin &= ~((y > 2.4) & (y < 7.0) & (x > 1.2) & (x < 6))
    skin &= ~((y < -2.2) & (y > -4.8) & (x < 3))
    skin[model.skin:] = False
    return skin


def estimate_light(model, fit, places, gray):
    """The light that explains the skin's luminance best, robustly.

    Args:
        model: the `ReducedFaceModel`.
        fit: its `Fit`.
        places: `[v, 2]`, where vertices are, pixels.
        gray: float32 `[h, w]`, 0 to 255.

    Returns:
        A `Light`.
    """
    normals = vertex_normals(fit.turned(fit.vertices), model.triangles)
    chosen = np.where(skin_vertices(model) & (normals[:, 2] > 0.25))[0]
    inside = (
        (places[chosen] > 0) & (places[chosen] < np.array(gray.shape[::-1]) - 1)
    ).all(axis=1)
    chosen = chosen[inside]
    values = sample(blur(gray, 2.0), *places[chosen].T)
    luminance = (np.maximum(values, 1) / 255.0) ** GAMMA
    design = _harmonics(normals[chosen])
    ridge = 0.02 * len(chosen) * np.diag([0, 0.2, 0.2, 0.2, 3, 3, 3, 3, 3])
    weight = np.ones(len(chosen))
    for _ in range(6):
        scaled = design * weight[:, None]
        found = np.linalg.solve(scaled.T @ design + ridge, scaled.T @ luminance)
        off = np.abs(design @ found - luminance)
        weight = 1 / (1 + (off / (1.5 * np.median(off) + 1e-4)) ** 2)
    low = model.neutral[chosen, 1] < -1
    around = low & (np.abs(model.neutral[chosen, 0]) < 4.5)
    return Light(
        found, _displayed(luminance, 90),
        _displayed(luminance[around] if around.any() else luminance, 80),
    )


def _displayed(luminance, share):
    return float(255 * np.percentile(luminance, share) ** (1 / GAMMA))


def vertex_ratio(model, light, before, after):
    """How much brighter each vertex gets, as displayed: float32 `[v]`.

    Args:
        model: the `ReducedFaceModel`.
        light: the `Light`.
        before, after: turned vertices `[v, 3]`.
    """
    old = light(vertex_normals(before, model.triangles))
    new = light(vertex_normals(after, model.triangles))
    least = 0.25 * max(np.median(old[:model.skin]), 1e-3)
    ratio = np.maximum(new, least) / np.maximum(old, least)
    # Lids turn fast, and their shading is mostly paint and lashes.
    x, y = np.abs(model.neutral[:, 0]), model.neutral[:, 1]
    lid = np.exp(-((x - 3.15) / 2.2) ** 4 - ((y - 4.3) / 1.7) ** 4)
    most = 0.4 * (1 - 0.6 * lid)
    return np.clip(ratio ** (1 / GAMMA), 1 - most, 1 + most).astype("float32")


def deepened(ratio):
    """Ratios of a mesh as skin has them, float32 of the same shape."""
    return ratio ** np.where(
        ratio < 1, np.float32(_DARKER), np.float32(_BRIGHTER)
    )


def without_glare(ratio, gray, light):
    """Ratios that leave bright skin as it is.

    Args:
        ratio: float32 `[n]`.
        gray: `[n]`, 0 to 255, what they multiply.
        light: the `Light`.
    """
    dull = ramp(gray / light.level, _BRIGHT, _LIT)
    return np.where(ratio > 1, 1 + dull * (ratio - 1), ratio).astype("float32")


def _harmonics(normals):
    x, y, z = normals.T
    return np.stack([
        np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y,
        3 * z * z - 1,
    ], 1)


def filled_folds(gray, eye_distance):
    """How much brighter skin gets where folds get as bright as what is around.

    Args:
        gray: float32 `[h, w]`, 0 to 255.
        eye_distance: in pixels.

    Returns:
        float32 `[h, w]`, from 1.
    """
    around, here = (
        blur(np.maximum(gray, 1.0), width * eye_distance)
        for width in _FOLD_WIDTHS
    )
    return np.clip(around / here, 1.0, _MOST_FILLED)


class Folds:
    """Folds of skin by shape, on a map of the neutral face."""

    def __init__(self):
        x, y = np.meshgrid(
            np.arange(_LEFT, _RIGHT, _CELL), np.arange(_BOTTOM, _TOP, _CELL)
        )
        self._left = x > 0
        self._bands = _bands(np.abs(x), y)

    def darkness(self, places, weights):
        """How much darker folds make skin.

        Args:
            places: float `[n, 2]`, x and y on the neutral face, centimetres.
            weights: `{shape: weight}`, one-sided names.

        Returns:
            float32 `[n]`, 0 to 0.3.
        """
        total = np.zeros(self._left.shape, "float32")
        for band, (left, right) in _strengths(weights).items():
            if left or right:
                total += self._sided(band, left, right)
        return self._read(np.clip(total, 0, 0.3), places)

    def smoothed(self, places, weights):
        """Where folds of a smile are gone that is taken back.

        Args:
            places, weights: as for `darkness`.

        Returns:
            float32 `[n]`, 0 to 1.
        """
        left, right = (
            float(np.clip(-weights.get(f"mouthSmile_{side}", 0.0), 0, 1))
            for side in "LR"
        )
        return self._read(self._sided("smile", left, right), places)

    def _sided(self, band, left, right):
        return self._bands[band] * np.where(
            self._left, np.float32(left), np.float32(right)
        )

    def _read(self, values, places):
        return sample(
            values, (places[:, 0] - _LEFT) / _CELL,
            (places[:, 1] - _BOTTOM) / _CELL,
        )


def _bands(across, y):
    """`{band: [h, w]}`, each up to about 1, by distance from the middle."""
    def line(distance, width):
        return np.exp(-(distance / width) ** 2)

    rows = sum(
        line(y - row - 0.25 * np.cos(0.7 * across), 0.15)
        for row in (7.3, 8.3, 9.25)
    )
    # The cubic through its four points.
    curve = np.polyfit(np.linspace(0, 1, 4), np.array(_NASOLABIAL), 3)
    distance = np.full(y.shape, 9.0)
    along = np.zeros(y.shape)
    for share in np.linspace(0, 1, 40):
        point = share ** np.arange(3, -1, -1) @ curve
        away = np.hypot(across - point[0], y - point[1])
        nearer = away < distance
        distance[nearer], along[nearer] = away[nearer], share
    crow = sum(
        line(y - 3.35 - slope * (across - 4.6), 0.10)
        for slope in (-0.45, 0.0, 0.4)
    )
    crow *= ramp(across, 4.7, 5.1) * ramp(across, 6.3, 5.6)
    bridge = line(y - 3.6, 0.16) + line(y - 2.9 - 0.2 * across, 0.15)
    bands = {
        "glabella": line(across - 0.45 - 0.05 * (y - 5.4), 0.17)
        * line(y - 5.35, 0.95),
        "forehead": rows * ramp(across, 5.6, 2.0),
        "inner_forehead": rows * ramp(across, 3.2, 1.0),
        "nasolabial": line(distance, 0.24)
        * np.sin(np.pi * np.clip(0.12 + 0.8 * along, 0, 1)),
        "crow": crow * ramp(y, 2.2, 3.0),
        "smile": np.maximum(
            line(distance, _AROUND_FOLD)
            * ramp(along, 1.0, 0.8) * ramp(along, -0.01, 0.1),
            line(y - 3.3, 1.0) * ramp(across, 4.4, 5.0)
            * ramp(across, 6.8, 6.0),
        ),
        "bridge": bridge * ramp(across, 1.3, 0.5),
    }
    return {name: band.astype("float32") for name, band in bands.items()}


def _strengths(weights):
    """`{band: (left, right)}` of the person under `{shape: weight}`."""
    def side(letter):
        def weight(name):
            return max(weights.get(f"{name}_{letter}", 0.0), 0.0)

        raised = weight("browOuterUp")
        fold = min(
            0.8 * weight("mouthSmile") + 0.9 * weight("noseSneer")
            + 0.3 * weight("mouthUpperUp"), 1.0,
        )
        squint = 0.7 * weight("cheekSquint") + 0.4 * weight("eyeSquint")
        return {
            "glabella": 0.16 * min(weight("browDown"), 1.0),
            "forehead": 0.09 * raised,
            "inner_forehead": 0.09 * max(weight("browInnerUp") - raised, 0),
            "nasolabial": 0.13 * fold,
            "crow": 0.08 * min(squint, 1.0),
            "bridge": 0.12 * min(weight("noseSneer"), 1.0),
        }

    left, right = side("L"), side("R")
    return {band: (left[band], right[band]) for band in left}
