"""What is seen in an opened mouth: teeth, gums, tongue, the dark.

The photograph does not show it, so it is rendered, in the photograph's own
exposure, tint and sharpness.
"""

import numpy as np
from scipy import ndimage

from exprgan_tf.animation.fields import blur
from exprgan_tf.animation.look import DARK, TOOTH
from exprgan_tf.animation.surfaces import Drawn, vertex_normals
from exprgan_tf.faces.alignment import ramp

# Linear RGB.
_GUM = np.float32([0.40, 0.17, 0.15])
_TONGUE = np.float32([0.42, 0.16, 0.144])
# It is seen in a mouth that is open so far, shares of the eyes' distance.
_TONGUE_SEEN = (0.08, 0.30)
# Where one tooth ends and the next begins beside the middle, which the mesh
# has itself: centimetres across the neutral face, upper and lower row.
_UPPER_GAPS, _LOWER_GAPS = (0.84, 1.48, 2.10, 2.62), (0.54, 1.10, 1.68, 2.25)
_GAP_WIDTH, _GAP_DEPTH = 0.055, 0.30
_HOLE = 0.05  # slits of the mesh are narrower, of the eyes' distance
# Heights on the neutral face where gums end, centimetres.
_UPPER_GUM, _LOWER_GUM = -2.35, -4.35
# Rows that part so far, centimetres, leave little of the lower one to be seen:
# this share is covered.
_PARTED, _COVERED = (0.3, 1.0), 0.97
# The face model's lips rise and stretch in front of its teeth; a person's are
# drawn back from the upper row, too, which fear and anger show and surprise
# does not: from which weight on, and times what the row comes down, shares of
# the eyes' distance.
_BARED = {"mouthStretch": (0.0, 0.07), "mouthUpperUp": (0.2, 0.4)}
_MOST_BARED = 0.2


def render_mouth(model, turned, places, weights, box, opening, eye_distance,
                 look):
    """Colours in the box around an opened mouth.

    Args:
        model: the `ReducedFaceModel`.
        turned: float32 `[v, 3]`, moved vertices as the camera sees them.
        places: float32 `[v, 2]`, their pixels.
        weights: `{shape: weight}` of the motion, one-sided names.
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
    neutral = model.neutral
    lips = turned[np.concatenate([model.upper_lip, model.lower_lip])]
    front = lips[len(lips) // 4:-len(lips) // 4, 2].max()
    image = _cavity(opening, shape, eye_distance, look.dark)
    # Far from its opening the mouth is in the shadow of lips and cheeks.
    light = np.clip(blur(opening, 0.035 * eye_distance) * 1.3, 0, 1)
    # As the rows part, lip and tongue cover the lower one: with both in
    # full view teeth would be a ring.
    parted = ramp(
        _rows_apart(model, turned) - _rows_apart(model, neutral), *_PARTED
    )
    bared = np.float32([0, parted * _bared(weights) * eye_distance])
    for teeth, gum, gaps, sign, strength, seen, down in (
        (model.lower_teeth, _LOWER_GUM, _LOWER_GAPS, -1.0, 0.85,
         1 - _COVERED * parted, 0),
        (model.upper_teeth, _UPPER_GUM, _UPPER_GAPS, 1.0, 1.0, 1.0, bared),
    ):
        if not len(teeth):
            continue
        drawn = Drawn(places - corner + down, turned[:, 2], teeth, shape)
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
        albedo = TOOTH * (1 - gums) + _GUM * gums
        shade = strength * (0.68 + 0.32 * np.clip(facing, 0, 1) ** 0.7)
        shade *= np.exp(-0.24 * behind)
        for gap in gaps:
            away = (np.abs(across) - gap) / _GAP_WIDTH
            shade *= 1 - _GAP_DEPTH * np.exp(-away**2)
        shaded = albedo * shade[..., None]
        shaded, hit = _without_gaps(shaded, hit, _HOLE * eye_distance)
        cover = np.clip(blur(hit.astype("float32"), 0.5), 0, 1)
        cover = seen * np.where(hit, cover, 0)[..., None]
        image = image * (1 - cover) + shaded * cover
    image = image * light[..., None]
    return look.develop(image / TOOTH[0])


def _without_gaps(colours, hit, width):
    """Rows whose teeth touch: the mesh has slits between them, through which
    the dark would be seen as black bars.

    Args:
        colours: float32 `[h, w, 3]`, linear.
        hit: bool `[h, w]`, where the mesh has them.
        width: of the widest slit, pixels.

    Returns:
        The same two, slits filled with a darker shade of what is beside.
    """
    span = int(np.ceil(width)) | 1
    closed = ndimage.binary_closing(
        np.pad(hit, span), np.ones((1, span))
    )[span:-span, span:-span]
    slits = closed & ~hit
    if slits.any():
        near = ndimage.distance_transform_edt(
            ~hit, return_distances=False, return_indices=True
        )[:, slits]
        colours = colours.copy()
        colours[slits] = (1 - _GAP_DEPTH) * colours[tuple(near)]
    return colours, closed


def _bared(weights):
    """How far the upper row comes down, a share of the eyes' distance."""
    return min(sum(
        scale * max((weights.get(f"{name}_L", 0.0)
                     + weights.get(f"{name}_R", 0.0)) / 2 - least, 0.0)
        for name, (least, scale) in _BARED.items()
    ), _MOST_BARED)


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
    image = np.broadcast_to(dark * DARK, (*shape, 3)).copy()
    if not len(rows):
        return image
    high = (rows.max() - rows.min() + 1) / eye_distance
    strength = ramp(high, *_TONGUE_SEEN)
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
