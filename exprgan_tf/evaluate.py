"""Measures models on people they were not trained on.

    python -m exprgan_tf.evaluate --model=runs/demo \\
        --data_dir=data/ictface128 --output=runs/demo/evaluation

Writes report.html (one file with all figures) and metrics.json, and prints
the main figures.
"""

import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODELS = flags.DEFINE_list(
    "model", [],
    "run folders or model files, a column of the report each; default: the "
    "model that comes along",
)
_DATA_DIR = flags.DEFINE_string("data_dir", None, "data set with true images")
_OUTPUT = flags.DEFINE_string("output", None, "folder for the results")
_PART = flags.DEFINE_enum(
    "part", "test", ["test", "validation"],
    "whose faces are edited: settings are chosen on validation subjects",
)
_REFINE = flags.DEFINE_enum(
    "refine", "detail", ["detail", "identity", "full", "none"],
    "fitting to each face before it is edited",
)
_JUDGES = flags.DEFINE_string(
    "judges", None, "folder that keeps the judging networks; default: "
    "--output",
)
_AUGMENTATION_SCALE = flags.DEFINE_float(
    "augmentation_scale", 0.1,
    "Table 1 for the first model with the paper's numbers of generated "
    "images times this; 0: leave it out", 0.0,
)
_AUGMENTATION_SEEDS = flags.DEFINE_integer(
    "augmentation_seeds", 2, "classifiers for each number of Table 1", 1
)


def main(argv):
    del argv
    if not _DATA_DIR.value or not _OUTPUT.value:
        raise UserError("--data_dir and --output are needed")
    from exprgan_tf.data.records import Dataset
    from exprgan_tf.evaluation.augmentation import (
        augmentation_table,
        section,
        table_lines,
    )
    from exprgan_tf.evaluation.columns import measure_columns
    from exprgan_tf.evaluation.report import as_text, write_report
    from exprgan_tf.model import CARRIED_MODEL, ExprGAN

    paths = _MODELS.value or [str(CARRIED_MODEL)]
    models = [
        (name, ExprGAN.load(path))
        for name, path in zip(_names(paths), paths, strict=True)
    ]
    dataset = Dataset.open(_DATA_DIR.value)
    output = pathlib.Path(_OUTPUT.value)
    columns = measure_columns(
        models, dataset, _PART.value, _REFINE.value,
        pathlib.Path(_JUDGES.value or output),
    )
    tables = []
    if _AUGMENTATION_SCALE.value:
        tables.append(augmentation_table(
            models[0][1], dataset, scale=_AUGMENTATION_SCALE.value,
            seeds=_AUGMENTATION_SEEDS.value, part=_PART.value,
        ))
    write_report(
        columns, output, _PART.value, _REFINE.value,
        [section(table) for table in tables],
    )
    print("\n".join(
        line for table in tables for line in table_lines(table)
    ))
    print(as_text(columns, output))


def _names(paths):
    """Names of columns: of the folder or file, or all of the path."""
    if len(set(paths)) < len(paths):
        raise UserError(f"--model={','.join(paths)}: one is there twice")
    short = [pathlib.Path(path).resolve().stem for path in paths]
    return short if len(set(short)) == len(short) else paths


if __name__ == "__main__":
    commands.run(main)
