"""An evaluation from beginning to end."""

import pathlib

from exprgan_tf.data.records import Dataset
from exprgan_tf.evaluation.augmentation import (
    augmentation_table,
    section,
    table_lines,
)
from exprgan_tf.evaluation.columns import measure_columns
from exprgan_tf.evaluation.names import column_names
from exprgan_tf.evaluation.report import (
    as_text,
    require_writable,
    write_report,
)
from exprgan_tf.model import ExprGAN
from exprgan_tf.model_files.heads import CARRIED_MODEL
from exprgan_tf.support.places import require_apart


def evaluate(request):
    """Measures, writes the report and prints its main figures.

    Args:
        request: an `EvaluationRequest`.

    Raises:
        UserError: when a model or the data cannot be read.
    """
    paths = request.model or (str(CARRIED_MODEL),)
    models = [
        (name, ExprGAN.load(path))
        for name, path in zip(column_names(paths), paths, strict=True)
    ]
    dataset = Dataset.open(request.data_dir)
    output = pathlib.Path(request.output)
    require_apart(output, {"data_dir": request.data_dir}, above=True)
    for path in request.model:
        require_apart(output, {"model": path}, inside=True, above=True)
    require_writable(output)
    columns = measure_columns(
        models, dataset, request.part, request.refine,
        pathlib.Path(request.judges or output),
    )
    tables = []
    if request.augmentation_scale:
        tables.append(augmentation_table(
            models[0][1], dataset, scale=request.augmentation_scale,
            seeds=request.augmentation_seeds, part=request.part,
        ))
    write_report(
        columns, output, request.part, request.refine,
        [section(table) for table in tables],
    )
    print("\n".join(
        line for table in tables for line in table_lines(table)
    ))
    print(as_text(columns, output))
