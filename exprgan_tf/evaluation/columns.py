"""The columns of the report: every model, and what each should beat."""

import dataclasses

import numpy as np

from exprgan_tf.evaluation.benchmark import Benchmark
from exprgan_tf.evaluation.context import Context
from exprgan_tf.evaluation.metrics import METRICS, measure
from exprgan_tf.evaluation.metrics.base import RESAMPLES
from exprgan_tf.evaluation.metrics.expression import confusion
from exprgan_tf.evaluation.names import benchmark_names
from exprgan_tf.support.progress import progress_bar


@dataclasses.dataclass(frozen=True)
class Column:
    """One editor with everything that was measured.

    Args:
        context: its `Context`.
        values: a dict from name to number; infinite where images are equal.
        intervals: a dict from name to `(low, high)`.
        left_out: a dict from a metric's class name to the reason.
    """

    context: Context
    values: dict
    intervals: dict
    left_out: dict

    @property
    def name(self):
        return self.context.name

    @classmethod
    def measured(cls, context, resamples=RESAMPLES):
        """Applies every metric to a `Context`; see `measure`."""
        values, intervals, left_out = {}, {}, {}
        for metric in METRICS:
            reason = metric.missing(context)
            if reason:
                left_out[type(metric).__name__] = reason
                continue
            found, ranges = measure(metric, context, resamples)
            values.update({
                name: float(value) for name, value in found.items()
                if not np.isnan(value)
            })
            intervals.update({
                name: tuple(map(float, pair)) for name, pair in ranges.items()
            })
        return cls(context, values, intervals, left_out)

    def to_json(self):
        """What `metrics.json` says of it; None for what is infinite."""
        context = self.context
        counts = confusion(context)
        return {
            "image_size": context.benchmark.side,
            "subjects": len(context.held_out.subjects),
            "true_images": len(context.held_out.truth["label"]),
            "candidates": len(context.benchmark.gallery[0]),
            "metrics": {
                name: round(value, 4) if np.isfinite(value) else None
                for name, value in self.values.items()
            },
            "intervals": {
                name: [round(value, 4) for value in pair]
                for name, pair in self.intervals.items()
            },
            "left_out": self.left_out,
            "confusion": None if counts is None else counts.tolist(),
        }


def first_of_each_benchmark(columns):
    """One `Column` for all that were measured on the same images, in order."""
    found = {id(column.context.benchmark): column
             for column in reversed(columns)}
    return list(found.values())[::-1]


def measure_columns(
    models, dataset, part, refine, folder, epochs=40, resamples=RESAMPLES
):
    """Edits with every model and measures it.

    Models whose settings of the data differ, such as the image size, have
    benchmarks of their own, and so have what they are compared with.

    Args:
        models: pairs `(name, ExprGAN)`.
        dataset: a `Dataset`.
        part: "test" or "validation".
        refine: as in `ExprGAN.edit`.
        folder: where judges are kept.
        epochs: see `Judges.for_data`.
        resamples: see `measure`.

    Returns:
        A list of `Column`: the models in order, then what each benchmark
        compares them with.

    Raises:
        UserError: see `HeldOut`.
    """
    benchmarks, editors = {}, []
    for name, model in models:
        key = _data_settings(model.config)
        if key not in benchmarks:
            benchmarks[key] = Benchmark.for_data(
                dataset, model.config, part, folder, epochs
            )
        editors.append((
            benchmarks[key].editor(name, model, refine), benchmarks[key]
        ))
    names = benchmark_names(
        [benchmark.side for benchmark in benchmarks.values()],
        [next(editor.name for editor, used in editors if used is benchmark)
         for benchmark in benchmarks.values()],
    )
    for name, benchmark in zip(names, benchmarks.values(), strict=True):
        benchmark.name = name
        for editor in benchmark.baselines():
            if len(benchmarks) > 1:
                editor.name = f"{editor.name} ({name})"
            editors.append((editor, benchmark))
    total = sum(Context.work(benchmark) for _, benchmark in editors)
    columns = []
    with progress_bar(total, "evaluate", "image") as progress:
        for editor, benchmark in editors:
            columns.append(Column.measured(
                Context(editor, benchmark, progress), resamples
            ))
    return columns


def _data_settings(config):
    return (
        config.image_size, config.classes, config.validation_subjects,
        config.pixel_normalization,
    )
