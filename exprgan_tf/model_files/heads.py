"""What the files of models say of them before Keras reads them."""

import json
import pathlib
import zipfile
import zlib

from exprgan_tf.config import NEUTRAL
from exprgan_tf.config_motion import MOTION
from exprgan_tf.errors import UserError

MOTION_FILE = f"{MOTION}.keras"
_WEIGHTS = pathlib.Path(__file__).parents[1] / "weights"
# The `ExprGAN` and the `MotionModel` that come along.
CARRIED_MODEL = _WEIGHTS / "exprgan.keras"
CARRIED_MOTION = _WEIGHTS / MOTION_FILE


def newest_stage_model(run_dir):
    """The `stageN.keras` with the highest N in a run folder.

    Raises:
        UserError: when no stage has ended there.
    """
    models = sorted(pathlib.Path(run_dir).glob("stage[1-3].keras"))
    if not models:
        raise UserError(
            f"{run_dir} holds no finished stage: no stage1.keras, "
            "stage2.keras or stage3.keras; train first"
        )
    return models[-1]


def is_model_file(path):
    """Whether a file holds a model of this project, whole or not."""
    try:
        with zipfile.ZipFile(path) as archive:
            return b"exprgan_tf" in archive.read("config.json")
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error):
        return False


def head_of(path):
    """What Keras says of the model in a file: its class and `get_config`."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def motion_file(path=None):
    """The file of a `MotionModel`.

    Args:
        path: it, or its run folder; None: the one that comes along.
    """
    path = pathlib.Path(path or CARRIED_MOTION)
    return path / MOTION_FILE if path.is_dir() else path


def is_motion(path=None):
    """Whether a `MotionModel` lies there; nothing but its head is read.

    What cannot be read is none; `configured_model.load_whole` says why.
    """
    try:
        return head_of(motion_file(path))["class_name"] == "MotionModel"
    except (
        OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile,
        zlib.error,
    ):
        return False


def class_index(config, expression):
    """The label of a class name; None for a neutral face.

    Args:
        config: the `Config` of a model.
        expression: the name.

    Raises:
        UserError: for a name that is neither.
    """
    if expression in config.classes:
        return config.classes.index(expression)
    if expression == NEUTRAL:
        return None
    raise UserError(
        f"unknown expression {expression!r}: the model knows "
        f"{', '.join((*config.classes, NEUTRAL))}"
    )
