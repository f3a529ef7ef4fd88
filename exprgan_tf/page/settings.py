"""What is asked of the page, and how much it allows."""

import dataclasses

from exprgan_tf.answering.refusals import HOSTS_HELP
from exprgan_tf.editing.request import (
    METHODS,
    MOTION_MODEL_HELP,
    NOTE_HELP,
    require_motion,
)
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import MODEL_HELP, setting


@dataclasses.dataclass(frozen=True)
class PageRequest:
    """Which model edits on the page, and where the page is.

    Raises:
        UserError: for a motion model that nothing would be done with.
    """

    model: str | None = setting(None, MODEL_HELP)
    motion_model: str | None = setting(None, MOTION_MODEL_HELP)
    classifier: str | None = setting(
        None,
        "classifier.keras, which says what a photograph shows whose "
        "expression is transferred; default: the one in the run folder of "
        "--model, if any",
    )
    method: str = setting(
        "auto",
        "what edits photographs, as for edit; shapes are always animated, "
        "and faces without a photograph painted", METHODS,
    )
    refine: str = setting(
        "detail", "fitting to each face before its edits, as for edit",
        ("detail", "identity", "none"),
    )
    note_edit: bool = setting(True, NOTE_HELP)
    port: int = setting(7860, "0: a free one", least=0, most=65535)
    open: bool = setting(False, "open the page in a browser")
    max_pixels: int = setting(
        25_000_000, "most pixels of an upload", least=1
    )

    def __post_init__(self):
        require_motion(self)


@dataclasses.dataclass(frozen=True)
class Settings:
    """Who may ask the page, and for how much.

    Raises:
        UserError: when memory would hold no two uploads.
    """

    host: str = setting(
        "127.0.0.1",
        "address to answer at; 0.0.0.0 lets everybody in the network in",
    )
    allowed_hosts: tuple[str, ...] = setting((), HOSTS_HELP)
    max_upload_mb: float = setting(
        15.0, "most megabytes of an upload", least=0.001
    )
    uploads_per_minute: int = setting(
        60, "pictures that each client sends, and faces it chooses of them",
        least=1,
    )
    requests_per_minute: int = setting(
        3000,
        "requests of each client; a slider that moves makes about 30 a second",
        least=1,
    )
    keep_minutes: float = setting(
        60.0, "how long an unused face stays in memory", least=0.01
    )
    keep_mb: float = setting(
        512.0, "how many megabytes of pictures stay in memory", least=16.0
    )

    def __post_init__(self):
        if self.keep_mb < 2 * self.max_upload_mb:
            raise UserError(
                f"--keep_mb={self.keep_mb:g}: must be at least twice "
                f"--max_upload_mb={self.max_upload_mb:g}"
            )
