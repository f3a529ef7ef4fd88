"""Which model is exported or served, and what it offers."""

import pathlib

from exprgan_tf.config_motion import MOTION
from exprgan_tf.errors import UserError
from exprgan_tf.exporting.motion import motion_signatures
from exprgan_tf.exporting.painting import painting_signatures
from exprgan_tf.model import ExprGAN
from exprgan_tf.model_files.heads import is_motion
from exprgan_tf.motion_model import MotionModel


def load_model(path=None):
    """The `ExprGAN` or `MotionModel` of a run folder or file.

    Args:
        path: either; None for the `ExprGAN` that comes along, "motion" for
            the motion network that does.

    Raises:
        UserError: when there is none, or it cannot be read.
    """
    if path == MOTION and not pathlib.Path(path).exists():
        return MotionModel.load()
    if path and is_motion(path):
        return MotionModel.load(path)
    return ExprGAN.load(path)


def signatures_of(model):
    """The `Signatures` of a model.

    Raises:
        UserError: for one that cannot edit.
    """
    if isinstance(model, MotionModel):
        return motion_signatures(model)
    if not model.encodes:
        raise UserError("--model: a cgan edits no faces; nothing to export")
    return painting_signatures(model)
