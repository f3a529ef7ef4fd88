"""What is asked of a server."""

import dataclasses
import re

from exprgan_tf.answering.refusals import HOSTS_HELP
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import MODEL_HELP, setting


@dataclasses.dataclass(frozen=True)
class ServeRequest:
    """Which model is served where.

    Raises:
        UserError: for a name that no address could hold.
    """

    model: str | None = setting(
        None, f"{MODEL_HELP}; motion: the motion network that does; or an "
        "exported SavedModel",
    )
    name: str = setting("exprgan", "the model's name in addresses")
    host: str = setting(
        "127.0.0.1",
        "0.0.0.0 answers other machines, too; nothing asks who they are",
    )
    allowed_hosts: tuple[str, ...] = setting((), HOSTS_HELP)
    note_edit: bool = setting(
        True, "write into edited pictures (XMP) that a network changed them"
    )
    port: int = setting(8501, "0: any that is free", least=0, most=65535)

    def __post_init__(self):
        if not re.fullmatch(r"[\w.-]+", self.name, re.ASCII):
            raise UserError(f"--name={self.name}: letters, digits, _ . - only")
