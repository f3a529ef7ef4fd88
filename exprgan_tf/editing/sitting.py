"""A photograph whose faces are fitted, and its edits."""

import numpy as np

from exprgan_tf.editing import pasting


class Sitting:
    """One photograph, its faces from left to right, fitted.

    Args:
        model: an `ExprGAN`.
        fitted: a `fitting.Fitted`.
        first: the number of its first face there.
        faces: its `Face`s.
        base: path of its pictures, without what tells them apart.
    """

    def __init__(self, model, fitted, first, faces, base):
        self.model = model
        self.faces = faces
        self.base = base
        self._fitted = fitted
        self._rows = np.arange(first, first + len(faces))
        self._reconstructions = None

    def decode(self, face, expression_codes, details=True):
        """Images `[n, s, s, 3]` of a face with codes `[n, K d]`."""
        return self._fitted.decode(
            expression_codes,
            np.full(len(expression_codes), self._rows[face]), details,
        )

    def edit(self, face, expression, intensities, details=True):
        """Images `[n, s, s, 3]` of a face at `n` intensities."""
        return self.decode(face, self.model.edit_codes(
            expression, intensities, len(intensities)
        ), details)

    def photographs(self, expressions, intensities):
        """Whole photographs, uint8 `[h, w, 3]`, one for each intensity.

        Args:
            expressions: a dict from faces, counted from 0, to expressions.
            intensities: a list.
        """
        if self._reconstructions is None:
            self._reconstructions = self._fitted.reconstruct(
                self._rows, details=False
            )
        edits = {
            face: self.edit(face, name, intensities, details=False)
            for face, name in expressions.items()
        }
        for index in range(len(intensities)):
            picture = self.faces[0].picture
            for face, edited in edits.items():
                picture = pasting.paste(
                    picture, edited[index], self._reconstructions[face],
                    self.faces[face].transform, self.model.config.face_margin,
                )
            yield picture

    def name(self, face):
        """The path of a face's pictures, numbered if there are several."""
        if len(self.faces) == 1:
            return self.base
        return self.base.with_name(f"{self.base.name}_face{face + 1}")
