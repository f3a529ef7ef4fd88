"""How a photograph looks, so that what it does not show can look the same:
exposure, the colours of its light, sharpness and grain."""

import numpy as np
from scipy import ndimage
from skimage import draw

from exprgan_tf.animation.fields import blur
from exprgan_tf.animation.landmarks import INNER_LIPS, OUTER_LIPS
from exprgan_tf.animation.shading import GAMMA
from exprgan_tf.pictures.colors import LUMA

# Linear RGB of teeth, and of the depth of a mouth.
TOOTH = np.float32([0.72, 0.62, 0.50])
DARK = np.float32([0.030, 0.012, 0.010])
# The dark is as dark as the photograph's darkest, this percentile, within
# these factors of its level.
_BLACK, _DARKER = 1, (0.4, 1.6)
# Skin that has more blue than this share of its green is in blue light.
_BLUE = 0.9
# Of the brightest, in the middle of a row that is in shade.
_SHADED = 0.93
# Pixels, and the share of what is between the lips.
_LEAST_TEETH, _LEAST_SHARE = 12, 0.2


class Look:
    """Exposure, tint, sharpness and grain of a photograph.

    Attributes:
        blur: sigma of its sharpest edges, pixels.
        grain: standard deviation of its noise, of 255.
        lips, skin: float32 `[3]`, their colour of luminance 1.
        dark: of the usual, how much light is in the depth of the mouth.
    """

    def __init__(
        self, bright, tint, is_colour, sigma, grain, lips, skin, black
    ):
        """Takes luminance of the brightest teeth (0 to 255), linear RGB
        factors, whether the photograph has colours, the attributes, and
        luminance of the darkest."""
        self._bright = (bright / 255.0) ** GAMMA
        self._tint, self._is_colour = np.float32(tint), is_colour
        self.blur, self.grain = sigma, grain
        self.lips, self.skin = np.float32(lips), np.float32(skin)
        usual = self.develop(DARK / TOOTH[0]) @ LUMA
        self.dark = np.clip(np.sqrt(black / usual), *_DARKER) ** GAMMA

    def develop(self, linear):
        """0 to 255 of linear RGB `[..., 3]` in which teeth are 1."""
        exposed = np.clip(linear * self._bright * self._tint, 0, 1)
        values = 255.0 * exposed ** (1 / GAMMA)
        if not self._is_colour:
            values[:] = (values @ LUMA)[..., None]
        return values.astype("float32")


def measure_look(picture, gray, places, level, points):
    """The `Look` of a photograph.

    Args:
        picture: float32 `[h, w, 3]`, 0 to 255.
        gray: its luminance `[h, w]`.
        places: `[n, 2]`, pixels of skin.
        level: luminance of well-lit skin around the mouth, 0 to 255.
        points: `[468, 2]`, landmarks.
    """
    teeth = shown_teeth(picture, points, level)
    columns, rows = np.rint(places).astype(int).T
    inside = (
        (columns >= 0) & (rows >= 0)
        & (columns < gray.shape[1]) & (rows < gray.shape[0])
    )
    columns, rows = columns[inside], rows[inside]
    skin = picture[rows, columns]
    is_colour = bool(np.ptp(skin.mean(axis=0)) > 4)
    tint = np.ones(3)
    if is_colour:
        linear = np.median((skin / 255.0) ** GAMMA, axis=0)
        cast = linear / np.float32([0.46, 0.29, 0.21])
        # Only a little of it, and none that is blue: pale skin is no light.
        tint = warm((cast / cast.mean()) ** 0.25)
        # In blue light as much as teeth have of green, and no more.
        tint[2] = min(
            tint[2] * max(linear[2] / (_BLUE * linear[1]), 1.0),
            tint[1] * TOOTH[1] / TOOTH[2],
        )
    bright = np.clip(0.96 * level + 28, 76, 240)
    if teeth is not None:
        bright = np.clip(teeth @ LUMA / _SHADED, bright, 250)
        if is_colour:
            cast = warm((teeth / 255.0) ** GAMMA) / TOOTH
            tint = cast / cast.mean()
    low, high = np.maximum(rows.min(), 0), rows.max() + 1
    left, right = np.maximum(columns.min(), 0), columns.max() + 1
    face = gray[low:high, left:right]
    return Look(
        bright, tint, is_colour, _edge_width(face),
        grain_of(gray, (rows, columns)), _lip_colour(picture, points),
        _of_luminance_1(np.median(skin, axis=0)), np.percentile(face, _BLACK),
    )


def _lip_colour(picture, points):
    """RGB of luminance 1: the median of what lies between the lips' lines."""
    outer, inner = (
        points[[*line[0], *line[1][::-1]]] for line in (OUTER_LIPS, INNER_LIPS)
    )
    # Of the mouth alone, with room for what is around the inner lips.
    left, top = np.maximum(np.floor(outer.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.maximum(
        np.ceil(outer.max(axis=0)).astype(int) + 2, [left, top]
    )
    around = picture[top:bottom, left:right]
    outer, inner = (
        draw.polygon2mask(around.shape[:2], (line - [left, top])[:, ::-1])
        for line in (outer, inner)
    )
    lips = around[outer & ~ndimage.binary_dilation(inner)]
    colour = np.median(lips, axis=0) if len(lips) else np.ones(3)
    return _of_luminance_1(colour)


def _of_luminance_1(colour):
    return colour / max(colour @ LUMA, 1.0)


def shown_teeth(picture, points, level):
    """The colour of the teeth that a photograph shows.

    Args:
        picture: float32 `[h, w, 3]`, 0 to 255.
        points: `[468, 2]`, landmarks.
        level: luminance of well-lit skin around the mouth, 0 to 255.

    Returns:
        float32 `[3]`, or None where it shows none, or hardly any.
    """
    ring = points[[*INNER_LIPS[0], *INNER_LIPS[1][::-1]]]
    inside = ndimage.binary_erosion(
        draw.polygon2mask(picture.shape[:2], ring[:, ::-1])
    )
    pixels = picture[inside]
    # Between lips nothing else is as bright as skin.
    teeth = pixels[pixels @ LUMA > level]
    if len(teeth) < max(_LEAST_TEETH, _LEAST_SHARE * len(pixels)):
        return None
    return np.median(teeth, axis=0)


def warm(colours):
    """RGB `[..., 3]` in which green is no brighter than red, nor blue than
    green: so is all that a mouth shows, and what is not looks dead."""
    return np.minimum.accumulate(colours, axis=-1)


def grain_of(gray, where):
    """Standard deviation of a picture's noise, of 255.

    Args:
        gray: float32 luminance `[h, w]`.
        where: an index of the pixels that count, of skin.
    """
    rough = gray - blur(gray, 1.5)
    return float(1.2 * np.median(np.abs(rough[where])))


def _edge_width(gray):
    """Sigma of the sharpest edges: how much they lose by one blur more."""
    def energy(image):
        down, across = np.gradient(image)
        return np.sort((down**2 + across**2).ravel())[-image.size // 20:].sum()

    more = 2.0
    ratio = max(energy(gray) / max(energy(blur(gray, more)), 1e-6), 1.02)
    # An edge's steepest gradient goes with the inverse of its width.
    return float(np.clip(more / np.sqrt(ratio - 1), 0.5, 8.0))
