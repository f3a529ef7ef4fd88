"""What is asked of a set of rendered faces."""

import dataclasses

from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class RenderRequest:
    """With which face model, and where the images go."""

    ict_model: str | None = setting(
        None, "folder FaceXModel of ICT-FaceKit", needed=True
    )
    output: str | None = setting(None, "folder to make", needed=True)
    workers: int = setting(0, "processes; 0: one for each core", least=0)
    overwrite: bool = setting(
        False, "replace a finished --output, or other settings"
    )


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the images depend on, beside the face model.

    Raises:
        UserError: when nobody would be left to train on.
    """

    subjects: int = setting(100, "number of people")
    per_expression: int = setting(
        3, "images of a person for each expression", least=1
    )
    test_subjects: int = setting(
        0, "the last so many are for testing; 0: a tenth", least=0
    )
    ladders: bool = setting(
        False, "add five intensities of each expression in one view"
    )
    seed: int = setting(1, "of everything that is drawn", least=0)
    image_size: int = setting(
        128, "side of the images in pixels", least=16, most=512
    )
    one_view: bool = setting(
        False,
        "all images of a person in one head pose and light: they differ in "
        "expression alone",
    )
    least_intensity: float = setting(
        0.35, "of an image with an expression, beside ladders", least=0.0,
        most=1.0,
    )

    def __post_init__(self):
        if self.subjects < 2:
            raise UserError(
                f"--subjects={self.subjects}: at least 2, since no subject "
                "is in both train and test"
            )
        if not self.test_subjects:
            object.__setattr__(
                self, "test_subjects", max(self.subjects // 10, 1)
            )
        if self.test_subjects >= self.subjects:
            raise UserError(
                f"--test_subjects={self.test_subjects}: must be fewer than "
                f"--subjects={self.subjects}"
            )
