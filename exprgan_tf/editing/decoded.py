"""Faces that the decoder of the paper edits."""

import functools

import numpy as np

from exprgan_tf import fitting
from exprgan_tf.editing import pasting
from exprgan_tf.errors import UserError


def decoded_faces(model, faces, refine):
    """A `DecodedFace` for each of some faces, which are fitted together.

    Args:
        model: an `ExprGAN`.
        faces: `faces.photographs.Face`s, at least one.
        refine: one of `fitting.MODES`.
    """
    images = np.stack([face.image for face in faces])
    fitted = fitting.fit(model, images, refine)
    return [
        DecodedFace(model, fitted, row, image)
        for row, image in enumerate(images)
    ]


def decoded_film(model, faces, refine):
    """A `DecodedFace` of one identity for all frames of a film.

    Args:
        model, refine: as above.
        faces: `Face`s of some frames.
    """
    samples = [face.image for face in faces]
    if refine == "full":
        # Decoders, unlike codes, have no mean.
        fitted = fitting.fit(
            model, samples[len(samples) // 2][None], refine
        )
    else:
        each = fitting.fit(model, np.stack(samples), refine)
        fitted = fitting.Fitted(
            model, each.identities.mean(axis=0, keepdims=True),
            input_codes=each.input_codes.mean(axis=0, keepdims=True),
        )
    return DecodedFace(model, fitted, 0, samples[0])


class DecodedFace:
    """A face of a photograph, ready to be edited.

    What it is to show is a mixture: a list of pairs of an expression's name
    (or a code `[K d]`) and its intensity.

    Args:
        model: an `ExprGAN`.
        fitted: a `fitting.Fitted`.
        row: which of its faces this is.
        before: `[s, s, 3]` in [-1, 1], the face as it is.
    """

    moves_pixels = moves_shapes = False
    shows = None

    def __init__(self, model, fitted, row, before):
        self.model = model
        self.before = before
        self._fitted = fitted
        self._row = row

    @property
    def size(self):
        """Bytes in memory, beside the model's."""
        return self.before.nbytes + self._fitted.identities[self._row].nbytes

    def decode(self, expression_codes, details=True):
        """Images `[n, s, s, 3]` with codes `[n, K d]`."""
        return self._fitted.decode(
            expression_codes, np.full(len(expression_codes), self._row),
            details,
        )

    def pictures(self, mixes):
        """Images `[n, s, s, 3]` in [-1, 1] of the face, one a mixture.

        Raises:
            UserError: for shapes, which only photographs have.
        """
        return self.decode(self._codes(mixes))

    def changes(self, mixes):
        """What each mixture changes of a photograph: a `Pasted` each."""
        return [
            Pasted(face, self._shown, self.model.config.face_margin)
            for face in self.decode(self._codes(mixes), False)
        ]

    def _codes(self, mixes):
        if any(isinstance(what, dict) for mix in mixes for what, _ in mix):
            raise UserError("The shapes of this face cannot be moved")
        return self.model.mixed_codes(mixes)

    @functools.cached_property
    def _shown(self):
        return self._fitted.reconstruct([self._row], details=False)[0]


class Pasted:
    """An edit that can be put into photographs of the face.

    Args:
        edited: `[s, s, 3]` in [-1, 1], as decoded.
        shown: the same with the expression of the photograph.
        margin: the model's `face_margin`.
    """

    def __init__(self, edited, shown, margin):
        self._edited, self._shown, self._margin = edited, shown, margin

    def apply(self, picture, transform):
        """The photograph with the edit.

        Args:
            picture: uint8 `[h, w, 3]`.
            transform: float `[2, 3]`, from there to the face.

        Returns:
            uint8 `[h, w, 3]`.
        """
        return pasting.paste(
            picture, self._edited, self._shown, transform, self._margin,
            self._flow,
        )

    @functools.cached_property
    def _flow(self):
        # It takes most of the time, and is the same in every frame of a film.
        return pasting.motion(self._edited, self._shown)
