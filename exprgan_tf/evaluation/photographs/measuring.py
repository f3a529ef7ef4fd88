"""What is measured of one photograph and its edits by one method."""

import dataclasses
import functools
import math

import numpy as np
from scipy import ndimage

from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment
from exprgan_tf.faces.detector import find_landmarks
from exprgan_tf.faces.photographs import find_faces
from exprgan_tf.pictures.colors import LUMA

# 0 comes first: what should change nothing.
INTENSITIES = (0.0, 0.3, 0.6, 1.0)
# What changes less than this, of 255, counts as unchanged; a pixel's
# neighbours are in its Laplacian.
_CHANGED, _NEIGHBOURS = 3, 1
# Faces are told from what is around them at this side.
_SIDE = 128
# Beyond the face begins at this much of its ellipse: a jaw falls.
_BEYOND_MARGIN = 0.2
# Of fewer pixels no sharpness is told, and of a smoother region no ratio.
_LEAST_PIXELS, _LEAST_VARIANCE = 50, 1e-3
# What people look at is so much wider than the eyes are apart, and has at most
# so many pixels a side.
_SHOWN_WIDTH, _MOST_SHOWN = 4.0, 640


class Original:
    """A photograph before its edits, and what the judges see in it.

    Attributes:
        pixels: uint8 `[h, w, 3]`.
        landmarks: float `[5, 2]` of its largest face.
        seen: what each judge takes of it, see `cut_outs`.

    Args:
        photograph: a `Photograph`.
        jury: the `Jury`.
        name: what errors call it.

    Raises:
        UserError: when no face is found.
    """

    def __init__(self, photograph, jury, name):
        self.photograph, self.pixels = photograph, photograph.pixels
        self.jury, self.name = jury, name
        face = find_faces(
            self.pixels, jury.expression.config, "auto", name
        )[0]
        self.landmarks = face.landmarks
        self.seen = self.cut_outs(self.pixels, self.landmarks)

    def cut_outs(self, picture, landmarks):
        """A face for the judge of expressions, and one for that of people.

        The second is None where there is no such judge.
        """
        identity = self.jury.identity
        return (
            self.jury.expression.cut_out(picture, landmarks),
            identity and identity.cut_out(picture, landmarks),
        )

    def found_again(self, edited):
        """What `cut_outs` gives of the face in an edit; None: it is lost.

        Args:
            edited: uint8 `[h, w, 3]`.
        """
        if np.array_equal(edited, self.pixels):
            return self.seen
        place = self.landmarks.mean(axis=0)
        # No other face is as near as its own eyes are to each other.
        nearest, reach = None, self._eyes_apart
        for points in find_landmarks(edited):
            distance = np.linalg.norm(points.mean(axis=0) - place)
            if distance < reach:
                nearest, reach = points, distance
        if nearest is None:
            return None
        try:
            return self.cut_outs(edited, nearest)
        except UserError:
            return None

    def judged(self, rows):
        """What the judges say of edits.

        Args:
            rows: a list `[K][I]` of what `found_again` gives.

        Returns:
            "probabilities", "identity", "lost" and "before" of `Measured`.
        """
        # Equal ones, as all of intensity 0, are looked at once.
        seen = list({
            id(one): one for row in rows for one in row if one
        }.values())
        faces = [self.seen, *seen]
        said = self.jury.expression.see(np.stack([one[0] for one in faces]))
        likeness = np.full(len(faces), np.nan)
        if self.jury.identity:
            embeddings = self.jury.identity.see(
                np.stack([one[1] for one in faces])
            )
            likeness = embeddings @ embeddings[0]
        places = {id(one): place for place, one in enumerate(seen, start=1)}
        places = np.array([
            [places[id(one)] if one else -1 for one in row] for row in rows
        ])
        lost = places < 0
        return {
            "probabilities": np.where(lost[..., None], np.nan, said[places]),
            "identity": np.where(lost, np.nan, likeness[places]),
            "lost": lost.astype("float64"),
            "before": said[0],
        }

    def shown(self, picture):
        """The face with its surroundings, as people look at it.

        Args:
            picture: uint8 `[h, w, 3]`, the photograph or an edit.

        Returns:
            uint8 `[s, s, 3]`, pixel by pixel, unless the face is very large.
        """
        width = _SHOWN_WIDTH * self._eyes_apart
        scale = min(_MOST_SHOWN / width, 1.0)
        side = math.ceil(scale * width)
        corner = np.rint(self.landmarks.mean(axis=0) - width / 2)
        move = 0.5 * scale - 0.5 - scale * corner
        made = alignment.cut_out(picture, side, np.array([
            [scale, 0.0, move[0]], [0.0, scale, move[1]],
        ]))
        # A photograph that ends near the face ends here, too.
        x, y = (np.arange(side) + 0.5) / scale + corner[:, None]
        height, width = picture.shape[:2]
        made[(y < 0) | (y >= height)] = 255
        made[:, (x < 0) | (x >= width)] = 255
        return made

    @property
    def _eyes_apart(self):
        return np.linalg.norm(self.landmarks[1] - self.landmarks[0])

    @functools.cached_property
    def face(self):
        """Which pixels are the face's, bool `[h, w]`."""
        return self._in_photograph(0.0) > 0.5

    @functools.cached_property
    def beyond(self):
        """Which pixels are far enough from it, bool `[h, w]`."""
        return self._in_photograph(_BEYOND_MARGIN) == 0.0

    def _in_photograph(self, margin):
        transform = alignment.similarity(self.landmarks, _SIDE, margin)
        swap = [1, 0]
        # The mask of a wider square: its ellipse is as much wider.
        return ndimage.affine_transform(
            alignment.face_mask(_SIDE), transform[np.ix_(swap, swap)],
            transform[swap, 2], self.pixels.shape[:2], order=1,
        )

    @functools.cached_property
    def edges(self):
        """The Laplacian of the photograph, float32 `[h, w]`."""
        return laplacian(self.pixels)


def laplacian(picture):
    """That of a picture's luma, float32 `[h, w]`."""
    return ndimage.laplace(picture @ LUMA, mode="nearest")


def changes_of(original, edited):
    """How an edit differs from its photograph.

    Args:
        original: an `Original`.
        edited: uint8 `[h, w, 3]`.

    Returns:
        A dict: "beyond_largest" and "beyond_mean", changes outside of the
        face (0 to 255); "largest" and "mean", those of the photograph;
        "sharpness_changed" and "sharpness_kept", the Laplacian's variance in
        the changed region and in the rest of the face, of the photograph's.
    """
    gap = np.abs(edited.astype("int16") - original.pixels)
    largest = gap.max(axis=2)
    changed = largest >= _CHANGED
    near = ndimage.binary_dilation(changed, iterations=_NEIGHBOURS)
    beyond = gap[original.beyond]
    edges = laplacian(edited)
    return {
        "beyond_largest": float(beyond.max(initial=0)),
        "beyond_mean": float(beyond.mean()) if beyond.size else 0.0,
        "largest": float(largest.max()),
        "mean": float(gap.mean()),
        "sharpness_changed": _sharpness(
            edges, original.edges, changed & original.face
        ),
        "sharpness_kept": _sharpness(
            edges, original.edges, original.face & ~near
        ),
    }


def _sharpness(edges, before, region):
    if region.sum() < _LEAST_PIXELS:
        return np.nan
    variance = before[region].var()
    if variance < _LEAST_VARIANCE:
        return np.nan
    return float(edges[region].var() / variance)


@dataclasses.dataclass(frozen=True)
class Measured:
    """One photograph edited by one method.

    Args:
        name: of the photograph.
        values: a dict of arrays for K expressions and `INTENSITIES`:
            "probabilities" `[K, I, C]` and "identity" `[K, I]`, NaN where
            the face is lost; "lost" `[K, I]`, 0 or 1; each of `changes_of`
            `[K, I]`; and "before" `[C]`, probabilities of the photograph.
        before: the face as it is, uint8 `[s, s, 3]`, as people look at it.
        after: the same of each edit, a list `[K][I]`.
        borrowed: the same with the expressions of others, a list.
    """

    name: str
    values: dict
    before: np.ndarray
    after: list
    borrowed: list


def measure_photograph(original, method, expressions, keep=None, borrowed=()):
    """Edits a photograph with one method, and measures each edit.

    Args:
        original: an `Original`.
        method: a `Method`.
        expressions: the K names.
        keep: called with each expression, intensity and edit, uint8
            `[h, w, 3]`; None: with nothing.
        borrowed: mixtures for people to look at, which nobody judges.

    Returns:
        A `Measured`.

    Raises:
        UserError: when the method does not take the face.
    """
    face = find_faces(
        original.pixels, method.config, "auto", original.name
    )[0]
    try:
        editor = method.edits(face)
    except UserError as error:
        raise UserError(f"{original.name}: {error}") from None

    def look(expression, intensity):
        change, = editor.changes([[(expression, intensity)]])
        edited = change.apply(original.pixels, face.transform)
        if keep is not None:
            keep(expression, intensity, edited)
        return (
            original.found_again(edited), changes_of(original, edited),
            original.shown(edited),
        )

    # At intensity 0 nothing is asked for, whatever the expression.
    start = look(expressions[0], INTENSITIES[0])
    looks = [
        [start, *(look(name, intensity) for intensity in INTENSITIES[1:])]
        for name in expressions
    ]
    values = {
        name: np.array([
            [changes[name] for _, changes, _ in row] for row in looks
        ]) for name in start[1]
    }
    values.update(original.judged([
        [seen for seen, _, _ in row] for row in looks
    ]))
    return Measured(
        original.name, values, original.shown(original.pixels),
        [[shown for _, _, shown in row] for row in looks],
        [original.shown(change.apply(original.pixels, face.transform))
         for mix in borrowed for change in editor.changes([mix])],
    )
