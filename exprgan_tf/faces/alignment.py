"""Faces turned upright and cropped, as in the paper.

A similarity transform levels the eyes and brings eyes and mouth as close as
it can to fixed places; the face is cut out with it. The places are those of
the rendered faces that the project carries, so that a model trained on those
takes photographs, too.
"""

import dataclasses
import math

import numpy as np
from PIL import Image
from scipy import ndimage

from exprgan_tf.errors import UserError
from exprgan_tf.faces.detector import NoFaceError, find_landmarks

# Places of `detector.LANDMARKS` (x, y) in a face of side 1.
TEMPLATE = np.array([
    [0.360, 0.368], [0.640, 0.368], [0.500, 0.532],
    [0.387, 0.692], [0.613, 0.692],
])
# Eyes and mouth; the tip of the nose moves with the head.
_ANCHORS = [0, 1, 3, 4]
# The face in its square: an ellipse around eyes and mouth (centre x, y and
# half axes), and how wide its soft edge is.
_ELLIPSE = (0.5, 0.52, 0.40, 0.46)
_SOFT_EDGE = 0.10
# Pixels beyond what is read that cubic splines depend on.
_ROOM = 12
# A face whose eyes and mouth would move by less than this share of its side
# counts as aligned already. Those of the carried data move by at most 0.04
# (neutral faces) and 0.06 (others).
_ALIGNED_WITHIN = 0.05
# Of a face that is 100,000 pixels wide, to a side of 1.
_LEAST_SCALE = 1e-5


@dataclasses.dataclass(frozen=True)
class AlignedFace:
    """A face that was cut out of a photograph.

    Args:
        image: uint8 `[s, s, 3]`.
        landmarks: float `[5, 2]`, in pixels of the photograph.
        transform: float `[2, 3]`; takes a position (x, y, 1) in the
            photograph to its place in `image`, both in pixels with the
            centre of the first pixel at 0.
    """

    image: np.ndarray
    landmarks: np.ndarray
    transform: np.ndarray


def align(picture, size, landmarks=None, margin=0.0, all_faces=False):
    """Cuts the faces out of a photograph.

    Args:
        picture: uint8 `[h, w, 3]`.
        size: side of the result in pixels.
        landmarks: `[5, 2]` pixel positions as in `TEMPLATE`; None: MTCNN
            finds them.
        margin: how much more of the surroundings to show, as a share of the
            face's side on each side; negative for less.
        all_faces: every face, largest first, instead of the largest alone.

    Returns:
        A list of `AlignedFace`s.

    Raises:
        NoFaceError: when there is none.
        UserError: when the landmarks are no face's.
    """
    if landmarks is not None:
        found = [np.asarray(landmarks, float)]
    else:
        found = find_landmarks(picture)
        if not found:
            raise NoFaceError("no face found")
    faces = []
    for points in found if all_faces else found[:1]:
        transform = similarity(points, size, margin)
        faces.append(AlignedFace(
            cut_out(picture, size, transform), np.asarray(points, float),
            transform,
        ))
    return faces


def similarity(landmarks, size, margin=0.0):
    """The transform that levels the eyes and fits eyes and mouth best.

    Args:
        landmarks: float `[5, 2]`, pixels.
        size: side of the aligned face in pixels.
        margin: as for `align`.

    Returns:
        float `[2, 3]`, from the photograph to the aligned face.

    Raises:
        UserError: when the positions are not finite or coincide.
    """
    points = np.asarray(landmarks, float)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise UserError("landmarks must be five finite positions (x, y)")
    places = 0.5 + (TEMPLATE - 0.5) / (1.0 + 2.0 * margin)
    places = places * size - 0.5
    across = points[1] - points[0]
    angle = math.atan2(across[1], across[0])
    cosine, sine = math.cos(angle), math.sin(angle)
    level = np.array([[cosine, sine], [-sine, cosine]])
    # Least squares in scale and shift, the rotation being given.
    start = points[_ANCHORS].mean(axis=0)
    goal = places[_ANCHORS].mean(axis=0)
    turned = (points[_ANCHORS] - start) @ level.T
    spread = np.sum(turned**2)
    scale = np.sum(turned * (places[_ANCHORS] - goal)) / max(spread, 1e-9)
    # Faces may be large: what is small is so beside the aligned one.
    if math.hypot(*across) < 1.0 or not scale > _LEAST_SCALE * size:
        raise UserError("landmarks are not those of an upright face")
    linear = scale * level
    return np.hstack([linear, (goal - linear @ start)[:, None]])


def is_aligned(picture, landmarks, margin=0.0):
    """Whether a square picture is, as it is, close to an aligned face."""
    height, width = picture.shape[:2]
    if height != width:
        return False
    transform = similarity(landmarks, width, margin)
    points = np.asarray(landmarks, float)[_ANCHORS]
    moved = points @ transform[:, :2].T + transform[:, 2] - points
    return bool(np.abs(moved).max() < _ALIGNED_WITHIN * width)


def face_mask(side, margin=0.0):
    """float32 `[side, side]`: 1 in the face, 0 at the border of its square.

    Args:
        side: in pixels.
        margin: as for `align`.
    """
    places = (np.arange(side) + 0.5) / side
    places = 0.5 + (places - 0.5) * (1.0 + 2.0 * margin)
    center_x, center_y, half_x, half_y = _ELLIPSE
    x = (places[None, :] - center_x) / half_x
    y = (places[:, None] - center_y) / half_y
    distance = np.sqrt(x**2 + y**2)
    return ramp((1.0 - distance) * half_x, 0.0, _SOFT_EDGE).astype("float32")


def ramp(values, low, high):
    """From 0 at `low` to 1 at `high`, without a kink at either end."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return share**2 * (3.0 - 2.0 * share)


def cut_out(picture, size, transform):
    """The face to which a transform leads.

    Args:
        picture: uint8 `[h, w, 3]`.
        size: side of the result in pixels.
        transform: float `[2, 3]`, see `AlignedFace`.

    Returns:
        uint8 `[size, size, 3]`.
    """
    scale = math.hypot(transform[0, 0], transform[1, 0])
    # Shrunk by area first, until the face is at most about twice its final
    # size; then sampled twice as finely as needed, and averaged.
    factor = max(int(0.5 / scale), 1)
    if factor > 1:
        picture = np.asarray(Image.fromarray(picture).reduce(factor))
    samples = 2 if scale * factor < 1.0 else 1
    back = (
        _scaling(1.0 / factor)
        @ np.linalg.inv(np.vstack([transform, [0.0, 0.0, 1.0]]))
        @ _scaling(1.0 / samples)
    )
    picture, back = _around(picture, back, size * samples)
    picture = picture[..., :different_channels(picture)]
    if samples > 1:
        fine = _linear(picture, back, size * samples)
    else:
        fine = _spline(picture, back, size)
    image = sum(
        fine[row::samples, column::samples]
        for row in range(samples) for column in range(samples)
    ) / samples**2
    image = np.clip(np.rint(image), 0, 255).astype("uint8")
    return np.repeat(image, 3 // image.shape[-1], axis=-1)


def _around(picture, back, size):
    """What a transform reads of a picture, its border going on beyond it.

    Args:
        picture: `[h, w, 3]`.
        back: `[3, 3]`, from the result to the picture.
        size: side of the result, pixels.

    Returns:
        The part of the picture, and the transform to that.
    """
    corners = back[:2] @ [[0, size - 1, 0, size - 1],
                          [0, 0, size - 1, size - 1], [1, 1, 1, 1]]
    low = np.floor(corners.min(axis=1)).astype(int) - _ROOM
    high = np.ceil(corners.max(axis=1)).astype(int) + _ROOM
    columns, rows = (
        np.clip(np.arange(low[axis], high[axis] + 1), 0, length - 1)
        for axis, length in enumerate(picture.shape[1::-1])
    )
    moved = back.copy()
    moved[:2, 2] -= low
    return picture[rows[:, None], columns], moved


def _linear(picture, back, size):
    """Linear interpolation of `[h, w, k]`, float32 `[size, size, k]`."""
    places = np.arange(size, dtype="float32")
    across, down = back[:2].astype("float32")
    x = across[0] * places + across[1] * places[:, None] + across[2]
    y = down[0] * places + down[1] * places[:, None] + down[2]
    left, top = np.floor(x), np.floor(y)
    width = picture.shape[1]
    first = (top * width + left).astype(int)
    pixels = picture.reshape(-1, picture.shape[-1]).astype("float32")
    x, y = (x - left)[..., None], (y - top)[..., None]
    above, below = (
        begin + x * (pixels.take(place + 1, axis=0) - begin)
        for place in (first, first + width)
        for begin in [pixels.take(place, axis=0)]
    )
    return above + y * (below - above)


def _spline(picture, back, size):
    """Cubic splines through `[h, w, k]`, float32 `[size, size, k]`."""
    # scipy counts (row, column).
    swap = [1, 0]
    return np.stack([
        ndimage.affine_transform(
            picture[:, :, channel].astype("float32"),
            back[np.ix_(swap, swap)], back[swap, 2],
            output_shape=(size, size), mode="nearest", order=3,
        )
        for channel in range(picture.shape[-1])
    ], axis=-1)


def different_channels(picture):
    """1 for a gray picture `[h, w, 3]`, whose channels are the same, or 3."""
    first = picture[..., 0]
    gray = all(
        np.array_equal(first, picture[..., channel]) for channel in (1, 2)
    )
    return 1 if gray else 3


def _scaling(factor):
    """Positions of pixel centres under a change of resolution."""
    shift = 0.5 * factor - 0.5
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1.0]])
