"""What the columns of the report are: models, and editors to beat.

An editor has `name`, `encodes` and `prepare(rows)`, which returns a function
`draw(expressions, intensities, faces)`: images `[m, s, s, 3]` in [-1, 1] of
the faces `rows[faces]` with expressions (names, "neutral" among them) of
intensities in [0, 1].
"""

import numpy as np

from exprgan_tf import fitting
from exprgan_tf.config import NEUTRAL

COPY, NEAREST = "copy of input", "nearest training image"


class ModelEditor:
    """An `ExprGAN`, fitted to each source as in `ExprGAN.edit`."""

    def __init__(self, name, model, source, refine):
        self.name = name
        self.model = model
        self.encodes = model.encodes
        self._source = source
        self._refine = refine

    def prepare(self, rows):
        fitted = fitting.fit(self.model, self._source[rows], self._refine)

        def draw(expressions, intensities, faces):
            codes = self.model.edit_codes(
                expressions, intensities, len(faces)
            )
            return fitted.decode(codes, faces)

        return draw


class CopyOfInput:
    """Gives back what it got: what not editing at all scores."""

    name, model, encodes = COPY, None, True

    def __init__(self, source):
        self._source = source

    def prepare(self, rows):
        return lambda expressions, intensities, faces: (
            self._source[rows][faces]
        )


class NearestTrainingImage:
    """The training image that shows what is asked on the likest face.

    Of the training images of the expression (where intensities are known, of
    those nearest to the asked one, and up to 0.1 further off) it takes the
    one nearest to the source in the embedding of the judge of people. It is
    what a model could reach that had only memorised its training set.

    Args:
        source: embeddings of the faces to edit `[n, e]`.
        training: embeddings of the training images `[t, e]`.
        faces: the training images, see `load_split`.
    """

    name, model, encodes = NEAREST, None, True
    slack = 0.1

    def __init__(self, source, training, faces):
        self._likeness = source @ training.T
        self._faces = faces

    def prepare(self, rows):
        def draw(expressions, intensities, faces):
            found = [
                self._find(rows[face], str(expression), intensity)
                for face, expression, intensity in zip(
                    faces, expressions, intensities, strict=True
                )
            ]
            return self._faces["image"][found]

        return draw

    def _find(self, row, expression, intensity):
        faces = self._faces
        own = np.flatnonzero(faces["expression"] == expression)
        if not len(own):
            # Data without neutral faces: the likest image of any kind.
            own = np.arange(len(faces["expression"]))
        elif expression != NEUTRAL and np.all(faces["intensity"][own] >= 0):
            off = np.abs(faces["intensity"][own] - intensity)
            own = own[off <= off.min() + self.slack]
        return own[self._likeness[row, own].argmax()]
