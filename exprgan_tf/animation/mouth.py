"""What is seen in an opened mouth: teeth, gums, tongue, the dark.

The photograph does not show it, so it is rendered, in the photograph's own
exposure, tint and sharpness.
"""

import numpy as np
from scipy import ndimage
from skimage import draw

from exprgan_tf.animation.fields import blur
from exprgan_tf.animation.landmarks import INNER_LIPS, OUTER_LIPS
from exprgan_tf.animation.shading import GAMMA
from exprgan_tf.animation.surfaces import Drawn, vertex_normals
from exprgan_tf.faces.alignment import ramp
from exprgan_tf.pictures.colors import LUMA

# Linear RGB.
_TOOTH = np.float32([0.72, 0.62, 0.50])
_GUM = np.float32([0.40, 0.17, 0.15])
_DARK = np.float32([0.030, 0.012, 0.010])
_TONGUE = np.float32([0.26, 0.10, 0.09])
# Where one tooth ends and the next begins beside the middle, which the mesh
# has itself: centimetres across the neutral face, upper and lower row.
_UPPER_GAPS, _LOWER_GAPS = (0.84, 1.48, 2.10, 2.62), (0.54, 1.10, 1.68, 2.25)
_GAP_WIDTH, _GAP_DEPTH = 0.055, 0.30
# Heights on the neutral face where gums end, centimetres.
_UPPER_GUM, _LOWER_GUM = -2.35, -4.35
# Rows that part so far, centimetres, leave little of the lower one to be seen:
# this share is covered.
_PARTED, _COVERED = (0.3, 1.0), 0.97
# The dark is as dark as the photograph's darkest, this percentile, within
# these factors of its level.
_BLACK, _DARKER = 1, (0.4, 1.6)
# Skin that has more blue than this share of its green is in blue light.
_BLUE = 0.9
# Of the brightest, in the middle of a row that is in shade.
_SHADED = 0.93
# Pixels, and the share of what is between the lips.
_LEAST_TEETH, _LEAST_SHARE = 12, 0.2


def render_mouth(model, turned, places, neutral, box, opening, eye_distance,
                 look):
    """Colours in the box around an opened mouth.

    Args:
        model: the `ReducedFaceModel`.
        turned: float32 `[v, 3]`, moved vertices as the camera sees them.
        places: float32 `[v, 2]`, their pixels.
        neutral: the model's neutral vertices `[v, 3]`, for what is gum.
        box: first and end column and row `(left, right, top, bottom)`.
        opening: float32 of the box, 1 in the mouth and 0 on the lips.
        eye_distance: in pixels.
        look: a `Look`.

    Returns:
        float32 `[h, w, 3]`, 0 to 255.
    """
    left, right, top, bottom = box
    shape = (bottom - top, right - left)
    corner = np.float32([left, top])
    lips = turned[np.concatenate([model.upper_lip, model.lower_lip])]
    front = lips[len(lips) // 4:-len(lips) // 4, 2].max()
    image = _cavity(opening, shape, eye_distance, look.dark)
    # Far from its opening the mouth is in the shadow of lips and cheeks.
    light = np.clip(blur(opening, 0.035 * eye_distance) * 1.3, 0, 1)
    # As the rows part, lip and tongue cover the lower one: with both in
    # full view teeth would be a ring.
    apart = _rows_apart(model, turned) - _rows_apart(model, neutral)
    for teeth, gum, gaps, sign, strength, seen in (
        (model.lower_teeth, _LOWER_GUM, _LOWER_GAPS, -1.0, 0.85,
         1 - _COVERED * ramp(apart, *_PARTED)),
        (model.upper_teeth, _UPPER_GUM, _UPPER_GAPS, 1.0, 1.0, 1.0),
    ):
        if not len(teeth):
            continue
        drawn = Drawn(places - corner, turned[:, 2], teeth, shape)
        hit = drawn.hit
        if not hit.any():
            continue
        normals = vertex_normals(turned, teeth)
        values = drawn.spread(
            np.c_[normals[:, 2], turned[:, 2], neutral[:, :2]]
        )
        facing, depth, across, height = np.moveaxis(values, -1, 0)
        behind = np.clip(front - 0.5 - depth, 0, None)
        # Scalloped: lower between the teeth.
        past_gum = sign * (height - gum) - 0.12 * np.cos(
            2 * np.pi * across / 0.82
        )
        gums = ramp(past_gum, -0.05, 0.12)[..., None]
        albedo = _TOOTH * (1 - gums) + _GUM * gums
        shade = strength * (0.68 + 0.32 * np.clip(facing, 0, 1) ** 0.7)
        shade *= np.exp(-0.24 * behind)
        for gap in gaps:
            away = (np.abs(across) - gap) / _GAP_WIDTH
            shade *= 1 - _GAP_DEPTH * np.exp(-away**2)
        # The lip's shadow.
        shaded = (albedo * shade[..., None])
        cover = np.clip(blur(hit.astype("float32"), 0.5), 0, 1)
        cover = seen * np.where(hit, cover, 0)[..., None]
        image = image * (1 - cover) + shaded * cover
    image = image * light[..., None]
    return look.develop(image / _TOOTH[0])


def _rows_apart(model, vertices):
    """From the upper row of teeth to the lower one, centimetres."""
    upper, lower = (
        vertices[np.unique(teeth)].mean(axis=0) if len(teeth) else np.zeros(3)
        for teeth in (model.upper_teeth, model.lower_teeth)
    )
    return float(np.linalg.norm(upper - lower))


def _cavity(opening, shape, eye_distance, dark):
    """The dark, and a tongue where the mouth is open wide."""
    rows, columns = np.where(opening > 0.5)
    image = np.broadcast_to(dark * _DARK, (*shape, 3)).copy()
    if not len(rows):
        return image
    high = (rows.max() - rows.min() + 1) / eye_distance
    # No tongue is seen in a mouth that is hardly open.
    strength = ramp(high, 0.22, 0.50)
    centre = columns.mean()
    y, x = np.mgrid[:shape[0], :shape[1]].astype("float32")
    tip = rows.max() - 0.10 * high * eye_distance
    half_x = 0.30 * (np.ptp(columns) + 1)
    half_y = 0.34 * high * eye_distance
    bump = np.clip(
        1 - ((x - centre) / half_x) ** 2 - ((y - tip) / half_y) ** 2, 0, 1
    ) ** 0.7
    bump = blur(bump.astype("float32"), 0.02 * eye_distance)
    return image + strength * bump[..., None] * _TONGUE


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
        usual = self.develop(_DARK / _TOOTH[0]) @ LUMA
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
            tint[1] * _TOOTH[1] / _TOOTH[2],
        )
    bright = np.clip(0.96 * level + 28, 76, 240)
    if teeth is not None:
        bright = np.clip(teeth @ LUMA / _SHADED, bright, 250)
        if is_colour:
            cast = warm((teeth / 255.0) ** GAMMA) / _TOOTH
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
