"""The questions, one module each, in the order of the README.

A module has a `TITLE`, a docstring that says what is compared, and
`answer(options)`, which returns an `Answer`.
"""

import dataclasses
import importlib
import pathlib

from exprgan_tf.support.settings import setting

NAMES = (
    "train_step", "pipeline", "edit", "animation", "commands", "generate",
    "writing", "rendering", "scaling", "usage", "streaming", "leak",
)


@dataclasses.dataclass(frozen=True)
class Options:
    """What every question is told."""

    data_dir: str = setting(
        str(pathlib.Path(__file__).parents[2] / "data" / "ictface128"),
        "data set that is read, with six classes",
    )
    quick: bool = setting(
        False, "a little of everything, to see that it runs"
    )
    batch: int = setting(8, "images of a training step at full size", least=1)
    ict_model: str = setting(
        "", "folder FaceXModel of ICT-FaceKit, for `rendering`"
    )

    @property
    def rounds(self):
        return 1 if self.quick else 3


class NotHere(Exception):
    """A question that this machine cannot answer, with the reason."""


def question(name):
    """The module of a question."""
    return importlib.import_module(f"benchmarks.questions.{name}")
