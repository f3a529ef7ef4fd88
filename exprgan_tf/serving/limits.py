"""What a server takes at once."""

import dataclasses

from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds; a request beyond one is refused with a line that names it.

    Raises:
        UserError: for numbers that no request could be answered with.
    """

    max_batch: int = setting(
        32, "images that requests are joined up to; 1: none"
    )
    batch_wait_ms: float = setting(
        2.0, "how long a request waits for others to join it"
    )
    max_images: int = setting(64, "of one request")
    max_waiting: int = setting(
        4096, "images that are taken at once and not answered; then: 503"
    )
    max_request_bytes: int = setting(32_000_000, "of a request's body")
    max_pixels: int = setting(20_000_000, "of an encoded picture")
    max_request_pixels: int = setting(
        50_000_000, "of all encoded pictures of a request"
    )

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name == "batch_wait_ms" else 1
            if not least <= value < float("inf"):
                raise UserError(
                    f"--{field.name}={value}: must be {least} or more"
                )
        if self.max_waiting < self.max_images:
            raise UserError(
                f"--max_waiting={self.max_waiting}: must not be less than "
                f"--max_images={self.max_images}"
            )
