"""What edits a face: its own pixels that move, or the model's decoder.

An editor has `before`, the face as it is; `pictures(mixes)`, the face alone;
and `changes(mixes)`, what can be applied to photographs of it. A mixture is
a list of pairs of what is to be shown and how much.
"""

import sys

import numpy as np

from exprgan_tf import fitting
from exprgan_tf.editing.animated import AnimatedFace, CannotMove
from exprgan_tf.editing.decoded import DecodedFace
from exprgan_tf.errors import UserError


def make_editors(model, faces, request):
    """An editor for each face.

    A face that cannot be moved is told on stderr, and decoded.

    Args:
        model: an `ExprGAN`.
        faces: pairs of what notes call its picture, and a `Face`.
        request: the `EditRequest`.

    Returns:
        A list of editors.

    Raises:
        UserError: when shapes are asked of a face that cannot be moved.
    """
    made, left = [None] * len(faces), []
    for place, (name, face) in enumerate(faces):
        if not request.animates:
            left.append(place)
            continue
        try:
            made[place] = AnimatedFace.of(face, model.config.classes)
        except CannotMove as reason:
            if request.shapes:
                raise UserError(f"{name}: {reason}, so that no shape moves")                    from None
            print(f"{name}: {reason}; the decoder edits it", file=sys.stderr)
            left.append(place)
    if left:
        images = [faces[place][1].image for place in left]
        fitted = fitting.fit(model, np.stack(images), request.refine)
        for row, place in enumerate(left):
            made[place] = DecodedFace(model, fitted, row, images[row])
    return made
