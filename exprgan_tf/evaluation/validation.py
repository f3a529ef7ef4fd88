"""How good a run is so far: scores of people that it does not train on."""

import types

import numpy as np

from exprgan_tf.data.subjects import VALIDATION
from exprgan_tf.evaluation.benchmark import Benchmark
from exprgan_tf.evaluation.context import edits_of
from exprgan_tf.evaluation.metrics.expression import ExpressionAccuracy
from exprgan_tf.evaluation.metrics.identity import Identity
from exprgan_tf.evaluation.metrics.intensity import Intensity

# Passes over the training images of judges that tell a collapse from
# progress; those of `exprgan evaluate` take more.
_EPOCHS = 15
# What is told, and how, of the metrics of the same names.
_TOLD = (
    (ExpressionAccuracy, "expression_accuracy_strong", "expression right"),
    (ExpressionAccuracy, "expression_accuracy_worst_class", "worst class"),
    (Identity, "identity_rank1", "person right"),
    (Intensity, "intensity_spearman", "intensity"),
)


class Validation:
    """Scores edits of the validation subjects' faces, without refining.

    The metrics are those of `exprgan evaluate --part=validation
    --refine=none`; the judges, trained when this is made, have learned less.

    Args:
        dataset: a `Dataset`.
        config: a `Config` with validation subjects.
        folder: where the judges are kept.

    Raises:
        UserError: when the validation subjects have no faces to edit.
    """

    def __init__(self, dataset, config, folder):
        self._benchmark = Benchmark.for_data(
            dataset, config, VALIDATION, folder, _EPOCHS
        )

    def scores(self, model):
        """A dict from what is told to its value, 0 to 1 (the intensity's
        correlation from -1).

        Args:
            model: an `ExprGAN`.
        """
        benchmark = self._benchmark
        rows = np.arange(len(benchmark.held_out.subjects))
        draw = benchmark.editor("", model, "none").prepare(rows)
        images = edits_of(draw, benchmark.classes, len(rows))
        seen = benchmark.judges.observe(images.reshape(-1, *images.shape[3:]))
        context = types.SimpleNamespace(
            benchmark=benchmark, held_out=benchmark.held_out,
            classes=benchmark.classes, edits=seen.reshape(*images.shape[:3]),
        )
        scores = {}
        for kind, name, told in _TOLD:
            metric = kind()
            if metric.missing(context) is None:
                values = dict(metric.values(metric.observe(context), rows))
                scores[told] = float(values[name])
        return scores
