"""What is asked of an evaluation."""

import dataclasses

from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class EvaluationRequest:
    """Which models are measured on whom, and where the report goes."""

    data_dir: str | None = setting(
        None, "data set with true images", needed=True
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
