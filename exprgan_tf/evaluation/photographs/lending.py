"""Fig. 4: true photographs whose expression the edited ones get."""

import dataclasses

import numpy as np

from exprgan_tf.editing.transferring import transfer_code
from exprgan_tf.evaluation.photographs.judging import faces_of, judges_config


@dataclasses.dataclass(frozen=True)
class Lent:
    """Expressions of true faces, one of each that there is.

    Args:
        classes: the K names of the codes.
        names: what the faces `[n]` show.
        images: float32 `[n, s, s, 3]` in [-1, 1].
        codes: `[n, K d]` within [-1, 1], c_B = Q(x_B, y_B).
    """

    classes: tuple
    names: tuple
    images: np.ndarray
    codes: np.ndarray

    def mixes_for(self, method):
        """What a `Method` is asked for; nothing where it has other codes."""
        if method.expressions != self.classes:
            return []
        return [[(code, 1.0)] for code in self.codes]


def lend(dataset, expression, model):
    """The clearest face of each expression, of people held out from judges.

    Args:
        dataset: the `Dataset` of labelled photographs.
        expression: the `Judge` of expressions, who says what is clear.
        model: the `ExprGAN` whose Q reads the codes.

    Returns:
        A `Lent`; None when the data shows no expression of the model's.
    """
    config = judges_config(dataset).replace(
        image_size=model.config.image_size,
        face_margin=model.config.face_margin,
    )
    faces = faces_of(dataset, config)[1]
    said = expression.see(faces_of(dataset, expression.config)[1]["image"])
    names, rows = [], []
    for name in model.config.classes:
        own = np.flatnonzero(faces["expression"] == name)
        if len(own) and name in expression.names:
            clear = said[own, expression.names.index(name)]
            names.append(name)
            rows.append(own[clear.argmax()])
    if not rows:
        return None
    images = faces["image"][rows]
    labels = [model.config.classes.index(name) for name in names]
    return Lent(
        model.config.classes, tuple(names), images,
        transfer_code(model, images, labels),
    )
