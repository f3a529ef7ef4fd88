"""Measures a model on subjects it was not trained on.

    python -m exprgan_tf.evaluate --model=runs/demo \\
        --data_dir=data/ictface128 --output=runs/demo/evaluation

Writes metrics.json and a sheet of edits, and prints the figures.
"""

import json
import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.atomic import whole_file
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string("model", None, "run folder or model file")
_DATA_DIR = flags.DEFINE_string("data_dir", None, "data set with true images")
_OUTPUT = flags.DEFINE_string("output", None, "folder for the results")
_PART = flags.DEFINE_enum(
    "part", "test", ["test", "validation"],
    "whose faces are edited: settings are chosen on validation subjects",
)
_REFINE = flags.DEFINE_enum(
    "refine", "identity", ["identity", "full", "none"],
    "fitting to each face before it is edited",
)
_JUDGES = flags.DEFINE_string(
    "judges", None, "folder that keeps the judging networks; default: "
    "--output",
)


def main(argv):
    del argv
    if not _MODEL.value or not _DATA_DIR.value or not _OUTPUT.value:
        raise UserError("--model, --data_dir and --output are needed")
    from exprgan_tf.data.records import Dataset
    from exprgan_tf.evaluation.judges import Judges
    from exprgan_tf.evaluation.metrics import INTENSITIES, HeldOut, evaluate
    from exprgan_tf.images import sheet, write_png
    from exprgan_tf.model import ExprGAN

    model = ExprGAN.load(_MODEL.value)
    dataset = Dataset.open(_DATA_DIR.value)
    output = pathlib.Path(_OUTPUT.value)
    held_out = HeldOut(dataset, model.config, _PART.value)
    judges = Judges.for_data(
        dataset, model.config, pathlib.Path(_JUDGES.value or output)
    )
    metrics, edits = evaluate(model, held_out, judges, _REFINE.value)
    output.mkdir(parents=True, exist_ok=True)
    with whole_file(output / "metrics.json") as partial:
        partial.write_text(json.dumps(metrics, indent=1) + "\n", "utf-8")
    for index, name in enumerate(model.config.classes):
        write_png(output / f"edits_{name}.png", sheet(
            [[image, *row] for image, row in
             zip(held_out.neutral["image"], edits[:, index], strict=True)],
            ["input", *(f"{value:.1f}" for value in INTENSITIES)],
        ))
    for name, value in metrics.items():
        print(f"{name:45s} {value:.3f}")


if __name__ == "__main__":
    commands.run(main)
