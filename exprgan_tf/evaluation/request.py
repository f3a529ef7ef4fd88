"""What is asked of an evaluation."""

import dataclasses

from exprgan_tf.config_motion import MOTION
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting

ANIMATE, DECODER = "animate", "decoder"
METHODS = (MOTION, ANIMATE, DECODER)
_FOR_DATA = ("part", "augmentation_scale", "augmentation_seeds")
_FOR_PHOTOS = (
    "methods", "motion_model", "judge_data", "judge_model", "keep_pictures",
    "edits_csv",
)


def parse_methods(items):
    """Names of methods, each once.

    Raises:
        UserError: for another name.
    """
    names = tuple(dict.fromkeys(items))
    for name in names:
        if name not in METHODS:
            raise UserError(
                f"--methods={','.join(items)}: must be of "
                f"{', '.join(METHODS)}"
            )
    return names


@dataclasses.dataclass(frozen=True)
class EvaluationRequest:
    """What is measured on whom, and where the report goes."""

    data_dir: str | None = setting(
        None, "data set with true images, with which edits are compared"
    )
    photos: str | None = setting(
        None,
        "in its place a folder of neutral photographs: whole photographs are "
        "edited, and judged without a truth",
    )
    output: str | None = setting(None, "folder for the results", needed=True)
    model: tuple[str, ...] = setting(
        (),
        "run folders or model files, a column of the report each; default: "
        "the model that comes along",
    )
    part: str = setting(
        "test",
        "whose faces are edited: settings are chosen on validation subjects",
        ("test", "validation"),
    )
    refine: str = setting(
        "detail", "fitting to each face before it is edited",
        ("detail", "identity", "full", "none"),
    )
    judges: str | None = setting(
        None, "folder that keeps the judging networks; default: --output"
    )
    augmentation_scale: float = setting(
        0.1,
        "Table 1 for the first model with the paper's numbers of generated "
        "images times this; 0: leave it out", least=0.0,
    )
    augmentation_seeds: int = setting(
        2, "classifiers for each number of Table 1", least=1
    )
    methods: tuple[str, ...] = setting(
        (),
        "how photographs are edited, a column each: motion, animate, decoder "
        "(each --model); default: those there is a model for",
        read=parse_methods,
    )
    motion_model: str | None = setting(
        None, f"run folder or file of --stage={MOTION}"
    )
    judge_data: str | None = setting(
        None,
        "data set of labelled photographs, neutral ones among them, from "
        "which the judges of photographs learn",
    )
    judge_model: str | None = setting(
        None,
        "classifier.keras (--stage=classifier) that knows neutral, as judge "
        "of expressions in the place of one that --judge_data trains",
    )
    keep_pictures: bool = setting(
        False, "keep every edited photograph in the output, as PNG"
    )
    edits_csv: bool = setting(
        False,
        "list the pictures that are kept, for other judges: "
        "edits_{column}.csv with source,edited,expression,intensity",
    )

    def __post_init__(self):
        if not (self.data_dir or self.photos):
            raise UserError(
                "--data_dir=DIR (true images) or --photos=DIR is needed"
            )
        if self.data_dir and self.photos:
            raise UserError(
                "--photos is in the place of --data_dir: give one of them "
                "(judges of photographs learn from --judge_data)"
            )
        for name in _FOR_DATA if self.photos else _FOR_PHOTOS:
            if getattr(self, name) != self._default(name):
                other = "data_dir" if self.photos else "photos"
                raise UserError(f"--{name} is for --{other}: leave it out")
        if self.photos:
            self._require_judges_and_models()

    def _require_judges_and_models(self):
        if not (self.judge_data or self.judge_model):
            raise UserError(
                "--photos needs judges: give --judge_data=RECORDS of labelled "
                "photographs, or --judge_model=classifier.keras"
            )
        if self.edits_csv and not self.keep_pictures:
            raise UserError(
                "--edits_csv lists the pictures that are kept: give "
                "--keep_pictures, too"
            )
        for flag, method in (("model", DECODER), ("motion_model", MOTION)):
            if getattr(self, flag) and self.methods and (
                method not in self.methods
            ):
                raise UserError(
                    f"--{flag} is for --methods={method}: name it there, or "
                    f"leave --{flag} out"
                )

    @classmethod
    def _default(cls, name):
        fields = {field.name: field for field in dataclasses.fields(cls)}
        return fields[name].default
