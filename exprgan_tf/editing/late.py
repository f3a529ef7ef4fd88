"""What edits with networks, started when it is first asked for.

Keras and TensorFlow take three seconds and half a gigabyte, and to move a
photograph's own pixels takes neither.
"""

import functools
import sys

from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.request import ANIMATE, chosen_method
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.heads import is_motion, motion_file
from exprgan_tf.support.quiet import import_backend


def load_model(path=None):
    """The `ExprGAN` of a run folder or file, see `ExprGAN.load`."""
    _start_keras()
    from exprgan_tf.model import ExprGAN

    return ExprGAN.load(path)


def load_motion(path=None):
    """The `MotionModel` of a run folder or file, see `MotionModel.load`."""
    _start_keras()
    from exprgan_tf.motion_model import MotionModel

    return MotionModel.load(path)


def carried_network(classes):
    """The `MotionModel` that comes along, or None: it knows no others than
    its own expressions."""
    if not is_motion():
        return None
    network = _loaded(motion_file())
    return network if network.config.classes == classes else None


@functools.cache
def _loaded(path):
    return load_motion(path)


def method_and_network(request, classes):
    """What edits photographs beside an `ExprGAN`.

    Args:
        request: an object with `method`, `model` and `motion_model`.
        classes: the expressions of the `ExprGAN`.

    Returns:
        The method, and a `MotionModel`: that of "motion", or where nothing
        is named the one for what cannot be animated; else None.

    Raises:
        UserError: when it cannot be read, or is for other expressions.
    """
    method = request.method
    if method == "auto":
        method = MOTION if request.motion_model else chosen_method(
            request.model, False
        )
        if method == ANIMATE:
            return method, carried_network(classes)
    if method != MOTION:
        return method, None
    network = load_motion(request.motion_model)
    # A code says nothing of what its expressions are called.
    if network.config.classes != classes:
        raise UserError(
            f"--motion_model: its classes, {', '.join(network.config.classes)}"
            f", are not those of the model, {', '.join(classes)}"
        )
    return method, network


def decoding_editors(model, faces, refine):
    """A `DecodedFace` for each of some faces, which are fitted together."""
    if not faces:
        return []
    _start_keras()
    from exprgan_tf.editing.decoded import decoded_faces

    return decoded_faces(model, faces, refine)


def decoding_editor_of_film(model, faces, refine):
    """One `DecodedFace` for a film, of its face in some frames."""
    _start_keras()
    from exprgan_tf.editing.decoded import decoded_film

    return decoded_film(model, faces, refine)


def _start_keras():
    # What holds back its notes would write a file, and a page writes none.
    if "keras" not in sys.modules:
        import_backend()
