"""Changes of both pictures of a pair, and the motion that goes with them."""

import dataclasses
import io

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from exprgan_tf.pictures.levels import to_floats

# Steps until a displacement is turned around, and the largest fault that may
# be left, in shares of the side.
_TURNS, _TURNED_WITHIN = 5, 0.004
# Bounds of changes at strength 1: degrees, and shares of the side.
_TURN, _ZOOM, _SHIFT = 6.0, 0.08, 0.04
# The colours that photographs get are between these, a channel each.
_TINT = ((-0.05, 0.25), (-0.05, 0.08), (-0.30, 0.05))


@dataclasses.dataclass(frozen=True)
class Changes:
    """What is done to both pictures of a pair.

    Attributes:
        mirrored: whether left and right are exchanged.
        linear, shift: `[2, 2]`, `[2]`: the new picture shows at p what was
            at linear (p - 1/2) + 1/2 + shift, in shares of the side.
        exponents: `[3]`, of brightness.
        gain: of brightness.
        blur: standard deviation, pixels.
        side: of a smaller picture between, as a share; 1: none.
        quality: of JPEG; 0: none.
    """

    mirrored: bool
    linear: np.ndarray
    shift: np.ndarray
    exponents: np.ndarray
    gain: float
    blur: float
    side: float
    quality: int


def draw_changes(generator, strength):
    """`Changes` at random.

    Args:
        generator: a NumPy generator.
        strength: 0, mirrored only, to 1.
    """
    def often(share):
        return strength * (generator.random() < share)

    mirrored = bool(generator.random() < 0.5)
    moved = often(0.8)
    angle = np.radians(moved * generator.uniform(-_TURN, _TURN))
    zoom = 1.0 + moved * generator.uniform(-_ZOOM, _ZOOM)
    shift = moved * generator.uniform(-_SHIFT, _SHIFT, 2)
    linear = zoom * np.array([
        [np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)],
    ])
    exponent = 1.0 + often(0.8) * generator.uniform(-0.25, 0.35)
    tint = np.array([generator.uniform(*bounds) for bounds in _TINT])
    tint = often(0.4) * generator.uniform(0.3, 1.0) * tint
    gain = 1.0 + often(0.8) * generator.uniform(-0.20, 0.15)
    return Changes(
        mirrored, linear, shift, exponent * (1.0 - tint), gain,
        float(often(0.25) * generator.uniform(0.3, 1.1)),
        float(1.0 - often(0.2) * generator.uniform(0.0, 0.55)),
        int(generator.integers(40, 95)) if often(0.3) else 0,
    )


def changed_alike(pictures, field, changes):
    """Pictures and the field of their motion after `Changes`.

    Args:
        pictures: uint8 `[s, s, 3]`, a list.
        field: float32 `[t, t, k]`, the first two a displacement in shares of
            the side (x, y).
        changes: a `Changes`.

    Returns:
        `(list of float32 [s, s, 3] in [-1, 1], float32 [t, t, k])`.
    """
    table = _brightness(changes)
    made = [
        to_floats(_changed(Image.fromarray(picture), changes, table))
        for picture in pictures
    ]
    field = _moved_field(field, changes)
    if changes.mirrored:
        made = [np.ascontiguousarray(image[:, ::-1]) for image in made]
        field = mirrored_field(field)
    return made, field


def mirrored_field(field):
    """The field `[t, t, k]` of mirrored pictures."""
    field = field[:, ::-1].copy()
    field[..., 0] *= -1
    return field


def motion_between(first, second, is_untouched=False, is_same=False):
    """The motion from one picture of a photograph to another.

    Args:
        first, second: float32 `[t, t, 4]`, displacement from the untouched
            picture in shares of the side, mask, and logarithm of the ratio.
        is_untouched: whether the first is the untouched picture itself.
        is_same: whether both are the same picture.

    Returns:
        `(field, known, judged)`: float32 `[t, t, 4]` as the arguments are,
        and `[t, t, 1]` in 0 to 1, where its displacement and its mask are
        known: not where the first shows something that was painted.
    """
    ones = np.ones((*second.shape[:2], 1), "float32")
    if is_same:
        return np.zeros_like(second), ones, ones
    if is_untouched:
        return second, ones, ones
    back, known = _turned_around(first[..., :2])
    there = _at(np.concatenate([back, known], -1), second[..., :2])
    moved = second[..., :2] + there[..., :2]
    before = _at(first[..., 2:], moved)
    seen = 1.0 - np.clip(before[..., :1], 0.0, 1.0)
    judged = seen * (1.0 - np.clip(first[..., 2:3], 0.0, 1.0))
    return (
        np.concatenate([
            moved, second[..., 2:3], second[..., 3:] - before[..., 1:]
        ], -1).astype("float32"),
        (there[..., 2:] * seen).astype("float32"), judged.astype("float32"),
    )


def _turned_around(displacement):
    """The displacement of the way back, and where it is one, 1 or 0."""
    back = -displacement
    for _ in range(_TURNS):
        back = -_at(displacement, back)
    fault = np.abs(back + _at(displacement, back)).max(-1, keepdims=True)
    return back, (fault < _TURNED_WITHIN).astype("float32")


def _at(field, displacement):
    """Values of a field at p + displacement."""
    side = len(field)
    rows, columns = np.mgrid[:side, :side].astype("float32")
    places = [
        rows + side * displacement[..., 1],
        columns + side * displacement[..., 0],
    ]
    return _read(field, places)


def _read(field, places):
    return np.stack([
        ndimage.map_coordinates(plane, places, order=1, mode="nearest")
        for plane in np.moveaxis(field, -1, 0)
    ], -1)


def _moved_field(field, changes):
    side = len(field)
    y, x = (np.mgrid[:side, :side].astype("float32") + 0.5) / side - 0.5
    x, y = (
        changes.linear[row, 0] * x + changes.linear[row, 1] * y
        + changes.shift[row] + 0.5 for row in (0, 1)
    )
    field = _read(field, [y * side - 0.5, x * side - 0.5])
    back = np.linalg.inv(changes.linear).T
    field[..., :2] = field[..., :2] @ back.astype("float32")
    return field


def _changed(image, changes, table):
    side = image.width
    linear = changes.linear
    # Pillow counts pixel edges, from 0.
    shift = (0.5 - linear @ [0.5, 0.5] + changes.shift) * side
    if not np.allclose(linear, np.eye(2)) or changes.shift.any():
        # What is seen beyond the edge is the edge itself.
        room = side // 4
        padded = Image.fromarray(np.pad(
            np.asarray(image), ((room, room), (room, room), (0, 0)), "edge"
        ))
        image = padded.transform(
            image.size, Image.Transform.AFFINE,
            (*linear[0], shift[0] + room, *linear[1], shift[1] + room),
            Image.Resampling.BICUBIC,
        )
    image = image.point(table)
    if changes.blur > 0.05:
        image = image.filter(ImageFilter.GaussianBlur(changes.blur))
    smaller = round(side * changes.side)
    if smaller < side:
        image = image.resize(
            (smaller, smaller), Image.Resampling.BILINEAR
        ).resize((side, side), Image.Resampling.BICUBIC)
    if changes.quality:
        buffer = io.BytesIO()
        image.save(buffer, "jpeg", quality=changes.quality)
        image = Image.open(buffer).convert("RGB")
    return image


def _brightness(changes):
    """Pillow's table: what each value of each channel becomes."""
    values = np.maximum(np.arange(256) / 255.0, 1e-3)
    table = changes.gain * values[None, :] ** changes.exponents[:, None]
    return np.clip(np.rint(255 * table), 0, 255).astype(int).ravel().tolist()
