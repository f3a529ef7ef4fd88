"""Finding faces, however they lie in a picture: by MTCNN, see `cascade`."""

import numpy as np
from PIL import Image, ImageOps

from exprgan_tf.errors import UserError
from exprgan_tf.faces.cascade import SURE, cascade

# What is found of a face, in this order; left as seen in the picture.
LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
# MTCNN gives few false faces above the first, hardly any above the second.
_LEAST_CONFIDENCE, _SURE = 0.8, 0.95
# Between the eyes, as a share of the picture's shorter side: what is smaller
# and seems to be a turned face is often none.
_LEAST_TURNED = 0.05
# Detection runs on pictures of at most this side, and at least that.
_MOST_SIDE, _LEAST_SIDE = 1024, 160
# A face that fills the picture is found when it has room around it: as a
# share of the picture's longer side.
_ROOM = 0.25
# Closer crops, on which MTCNN sees a face only when they are small and have
# more room: the shorter side in pixels, and the room.
_CLOSE = ((160, 0.5), (88, 1.0))
# How far around a face `find_near` looks, of the distance between its eyes,
# and the side of what it sees then, pixels.
_AROUND, _NEAR_SIDE = 3.5, 256


class NoFaceError(UserError):
    """A picture in which no face was found."""


def find_landmarks(picture, turned=True, glance=None):
    """Landmarks of every face, the largest face first.

    Args:
        picture: uint8 `[h, w, 3]`.
        turned: whether to look for faces that lie or are upside down, too,
            where no upright one is clearly seen. Their landmarks are named
            as when they are turned upright.
        glance: what the first look saw, where that is known.

    Returns:
        A list of float `[5, 2]` arrays, pixels; empty when there is no face.
    """
    best = _Best()
    for look in _looks(picture, turned):
        if best.take(*(glance or look())):
            break
        glance = None
    return best.faces


def find_in_all(pictures):
    """What `find_landmarks` gives for each of many pictures.

    The first look is at all pictures of one size at once.

    Args:
        pictures: a list of uint8 `[h, w, 3]`.

    Returns:
        A list for each.
    """
    by_shape = {}
    for index, picture in enumerate(pictures):
        by_shape.setdefault(picture.shape, []).append(index)
    found = [None] * len(pictures)
    for shape, indices in by_shape.items():
        same = [pictures[index] for index in indices]
        for index, picture, glance in zip(
            indices, same, _detect(same, _usual_scale(shape), 0.0),
            strict=True,
        ):
            found[index] = find_landmarks(picture, glance=glance)
    return found


def find_near(picture, landmarks):
    """The face that was at a place a moment ago, as in the next frame.

    Only its surroundings are looked at, in a quarter of the time.

    Args:
        picture: uint8 `[h, w, 3]`.
        landmarks: float `[5, 2]`, pixels, where it was.

    Returns:
        Its landmarks, as `find_landmarks` gives them; None when it is not
        clearly seen there.
    """
    centre = landmarks.mean(axis=0)
    eyes = np.linalg.norm(landmarks[1] - landmarks[0])
    corner = np.clip(
        np.floor(centre - _AROUND * eyes), 0, None
    ).astype(int)
    end = np.ceil(centre + _AROUND * eyes).astype(int)
    seen = picture[corner[1]:end[1], corner[0]:end[0]]
    if min(seen.shape[:2]) < _LEAST_TURNED * min(picture.shape[:2]):
        return None
    (faces, confidence), = _detect(
        [np.ascontiguousarray(seen)],
        min(_NEAR_SIDE / max(seen.shape[:2]), 1.0), 0.0,
    )
    if confidence < _SURE:
        return None
    found = min(faces, key=lambda points: np.linalg.norm(
        points.mean(axis=0) + corner - centre
    )) + corner
    moved = np.linalg.norm(found.mean(axis=0) - centre)
    return found if moved < eyes else None


class _Best:
    """The faces of the look at a picture that was the surest."""

    def __init__(self):
        self.faces, self._confidence = [], 0.0

    def take(self, faces, confidence):
        """Keeps faces that are surer than those before; whether all doubt
        is gone."""
        if confidence > self._confidence:
            self.faces, self._confidence = faces, confidence
        return self._confidence >= _SURE


def _looks(picture, turned):
    """Ways to look at a picture: those that err least come first."""
    shortest = min(picture.shape[:2])
    scale = _usual_scale(picture.shape)

    def look(border, scale=scale, quarters=0, stretched=False, sure=SURE):
        def detect():
            seen = np.rot90(picture, quarters)
            if stretched:
                seen = np.asarray(
                    ImageOps.autocontrast(Image.fromarray(seen), cutoff=1)
                )
            (faces, confidence), = _detect(
                [seen], scale, border, sure
            )
            if quarters:
                faces = [
                    _turned_back(points, quarters, picture.shape)
                    for points in faces if confidence >= _SURE
                    and np.linalg.norm(points[1] - points[0])
                    >= _LEAST_TURNED * shortest
                ]
            return faces, confidence if faces else 0.0

        return detect

    yield look(0.0)
    yield look(_ROOM)
    if turned:
        # An upright look takes the hair of such a face for its mouth.
        for border in (0.0, _ROOM):
            for quarters in (2, 1, 3):
                yield look(border, quarters=quarters)
    # A dark face is found when its contrast is stretched.
    yield look(0.0, stretched=True)
    yield look(_ROOM, stretched=True, sure=(0.5, 0.5, 0.5))
    for side, room in _CLOSE:
        if side < shortest * scale:
            yield look(room, side / shortest)
    if scale < 1.0:
        # Small faces in a large photograph.
        yield look(0.0, min(2.0 * scale, 1.0))


def _turned_back(points, quarters, shape):
    """Places in a picture of `shape` of what is seen in `np.rot90` of it."""
    height, width = shape[:2]
    x, y = points.T
    places = (
        (x, y), (width - 1 - y, x), (width - 1 - x, height - 1 - y),
        (y, height - 1 - x),
    )
    return np.stack(places[quarters], axis=1)


def _usual_scale(shape):
    """From a picture of `shape` to what the first look sees."""
    shortest, longest = sorted(shape[:2])
    scale = min(_MOST_SIDE / longest, 1.0)
    return min(
        scale * max(_LEAST_SIDE / (shortest * scale), 1.0),
        _MOST_SIDE / longest,
    )


def _detect(pictures, scale, border, sure=SURE):
    """Landmarks of the faces, the largest first, and the highest confidence,
    for each of a list of pictures of one size."""
    height, width = (
        max(round(side * scale), 1) for side in pictures[0].shape[:2]
    )
    pad = round(border * max(height, width))
    # Positions are pixel centres; a resize scales pixel edges.
    factor = np.array([width, height]) / pictures[0].shape[1::-1]
    looks = []
    for found in cascade()([
        _padded(picture, width, height, pad) for picture in pictures
    ], sure):
        faces, most = [], 0.0
        for box, confidence, points in found:
            if confidence >= _LEAST_CONFIDENCE and (
                np.linalg.norm(points[1] - points[0]) >= 1
            ):
                seen = np.clip(box, 0, np.tile([width, height], 2) + 2 * pad)
                area = np.prod(seen[2:] - seen[:2])
                faces.append((area, (points - pad + 0.5) / factor - 0.5))
                most = max(most, confidence)
        faces.sort(key=lambda face: -face[0])
        looks.append(([points for _, points in faces], most))
    return looks


def _padded(picture, width, height, pad):
    resized = np.asarray(Image.fromarray(picture).resize(
        (width, height), Image.Resampling.BOX if width < picture.shape[1]
        else Image.Resampling.BICUBIC,
    ))
    return np.pad(resized, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
