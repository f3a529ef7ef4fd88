"""What is asked of an evaluation."""

import dataclasses

from exprgan_tf.config_motion import MOTION
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting

ANIMATE, DECODER = "animate", "decoder"
METHODS = (MOTION, ANIMATE, DECODER)
# What each kind of evaluation is asked by, and what it takes beside that.
_KINDS = {
    "photos": (
        "model", "refine", "judges", "methods", "motion_model", "judge_data",
        "judge_model", "keep_pictures", "edits_csv",
    ),
    "augmentation_data": (
        "data_dir", "augmentation_counts", "augmentation_people",
        "augmentation_folds", "augmentation_seeds",
    ),
    "data_dir": (
        "model", "refine", "judges", "part", "augmentation_scale",
        "augmentation_seeds",
    ),
}


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
        2, "classifiers for each number of generated or edited faces", least=1
    )
    augmentation_data: str | None = setting(
        None,
        "data set of generated or edited faces: no model is measured, but "
        "what these add to a classifier of the faces of --data_dir",
    )
    augmentation_counts: tuple[int, ...] = setting(
        (300, 1000, 3000, 6000),
        "numbers of its faces that are added; none is always tried, too",
    )
    augmentation_people: tuple[int, ...] = setting(
        (0,),
        "of how many people of --data_dir a classifier learns, such as "
        "4,8,16: what is added where data is scarce; 0: of all",
    )
    augmentation_folds: int = setting(
        5,
        "parts of --data_dir's people, each tested by a classifier of the "
        "others; 1: its test split by one of its training split", least=1,
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
        self._require_of_one_kind()
        if self.photos:
            self._require_judges_and_models()
        if self.augmentation_data:
            self._require_numbers()

    def _require_of_one_kind(self):
        asked_by = next(name for name in _KINDS if getattr(self, name))
        taken = {asked_by, *_KINDS[asked_by], "output"}
        for field in dataclasses.fields(self):
            if field.name in taken or (
                getattr(self, field.name) == field.default
            ):
                continue
            others = " or ".join(
                f"--{kind}" for kind, names in _KINDS.items()
                if field.name in names
            )
            raise UserError(
                f"--{field.name} is for {others or 'another evaluation'}, "
                f"and not for --{asked_by}: leave it out"
            )

    def _require_numbers(self):
        counts, people = self.augmentation_counts, self.augmentation_people
        if not counts or min(counts) < 1:
            raise UserError(
                f"--augmentation_counts={','.join(map(str, counts))}: must be "
                "numbers of faces, 1 or more (0 is always there)"
            )
        if not people or min(people) < 0:
            raise UserError(
                f"--augmentation_people={','.join(map(str, people))}: must be "
                "numbers of people, 0 for all"
            )

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
