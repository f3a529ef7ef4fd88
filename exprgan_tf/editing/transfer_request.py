"""What is asked of a transfer."""

import dataclasses

from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.request import (
    ALIGN,
    DECODER,
    MOTION_MODEL_HELP,
    NOTE_HELP,
    REFINE,
    require_motion,
)
from exprgan_tf.support.settings import MODEL_HELP, setting


@dataclasses.dataclass(frozen=True)
class TransferRequest:
    """Who is given whose expression."""

    identity: str | None = setting(
        None, "photograph or folder: who is to be seen", needed=True
    )
    expression: str | None = setting(
        None, "photograph or folder: what expression", needed=True
    )
    output: str | None = setting(
        None, "folder for the pictures", needed=True
    )
    model: str | None = setting(None, MODEL_HELP)
    motion_model: str | None = setting(None, MOTION_MODEL_HELP)
    method: str = setting(
        "auto",
        "motion: the network of --motion_model moves the photograph; "
        "decoder: the model paints the face; auto: motion where there is a "
        "motion model", ("auto", MOTION, DECODER),
    )
    classifier: str | None = setting(
        None,
        "classifier.keras; default: the one in the run folder of --model",
    )
    label: str | None = setting(
        None, "what --expression shows, instead of a classifier"
    )
    align: str = setting("auto", "as for edit", ALIGN)
    refine: str = setting("detail", "as for edit", REFINE)
    note_edit: bool = setting(True, NOTE_HELP)

    def __post_init__(self):
        require_motion(self)
