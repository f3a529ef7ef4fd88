"""What edits a face: its own pixels that move, or the model's decoder.

An editor has `before`, the face as it is; `pictures(mixes)`, the face alone;
and `changes(mixes)`, what can be applied to photographs of it. A mixture is
a list of pairs of what is to be shown and how much.
"""

import sys

from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.animated import AnimatedFace, CannotMove
from exprgan_tf.editing.late import carried_network
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.editing.request import DECODER
from exprgan_tf.errors import UserError


def moved_face(face, model, request):
    """What moves a `Face`: the network of `--method=motion`, or a fit.

    Raises:
        CannotMove: when no good would come of it.
    """
    if request.method == MOTION:
        return NetworkFace(model, face)
    return AnimatedFace.of(face, model.config.classes)


def network_instead(name, reason, model, request, aligned=True):
    """The `MotionModel` for what cannot be animated; None: the decoder
    edits it. Says which.

    Somebody's own model edits them itself.

    Args:
        name: what notes call the photograph or film.
        reason: why it cannot be animated.
        model: an `ExprGAN`.
        request: the `EditRequest`.
        aligned: whether the landmarks are known.

    Raises:
        UserError: when shapes are asked for, which nothing else moves.
    """
    if request.shapes:
        raise UserError(f"{name}: --shapes: {reason}") from None
    network = None
    if aligned and request.model is None:
        network = carried_network(model.config.classes)
    editing = "the motion network moves" if network else "the decoder edits"
    print(f"{name}: {reason}; {editing} it", file=sys.stderr)
    return network


def moving_editors(name, faces, model, request):
    """A `MovedFace` for each face of a photograph that can be moved.

    Args:
        name: what notes call the photograph.
        faces: its `Face`s.
        model: an `ExprGAN`, or the `MotionModel` of `--method=motion`.
        request: the `EditRequest`, its method decided.

    Returns:
        A list with None for each face that the decoder is to edit.

    Raises:
        UserError: when shapes are asked of a face that cannot be moved.
    """
    editors = []
    for face in faces:
        editors.append(None)
        if request.method == DECODER:
            continue
        try:
            editors[-1] = moved_face(face, model, request)
        except CannotMove as reason:
            network = network_instead(
                name, reason, model, request, face.landmarks is not None
            )
            if network:
                editors[-1] = NetworkFace(network, face)
    return editors
