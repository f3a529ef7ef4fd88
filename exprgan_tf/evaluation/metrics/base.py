"""What a metric is, and its interval."""

import abc
from typing import ClassVar

import numpy as np

from exprgan_tf.evaluation.context import NO_ENCODER

RESAMPLES = 300
_SEED = 0


class Metric(abc.ABC):
    """A few numbers about one column of the report.

    Subclasses say in their docstring what they compute and from which source
    the definition is. `labels` has, for names of values in the main table, a
    text and which way is better ("higher", "lower" or "");
    `without_interval` names those that cannot be resampled.
    """

    title = ""
    labels: ClassVar[dict] = {}
    without_interval = ()

    def missing(self, context):
        """Why this column cannot have these numbers; None: it can."""
        return None

    @abc.abstractmethod
    def observe(self, context):
        """What `values` needs, computed once."""

    @abc.abstractmethod
    def units(self, state):
        """How many subjects the interval resamples."""

    @abc.abstractmethod
    def values(self, state, rows):
        """Pairs `(name, value)` for these subjects (some more than once)."""


class MeanMetric(Metric):
    """Means over images, each of which belongs to a subject."""

    @abc.abstractmethod
    def observations(self, context):
        """Triples `(name, values [i], rows [i])`: whose image each is."""

    def count(self, context):
        return len(context.held_out.subjects)

    def observe(self, context):
        count = self.count(context)
        state = {}
        for name, values, rows in self.observations(context):
            values = np.asarray(values, "float64")
            state[name] = (
                np.bincount(rows, values, count), np.bincount(
                    rows, minlength=count
                ),
            )
        return state

    def units(self, state):
        return max((len(sums) for sums, _ in state.values()), default=0)

    def values(self, state, rows):
        for name, (sums, counts) in state.items():
            total = counts[rows].sum()
            yield name, sums[rows].sum() / total if total else np.nan


def needs_edits(context):
    """The reason of a column without edits, or None."""
    return NO_ENCODER if context.edits is None else None


def measure(metric, context, resamples=RESAMPLES):
    """A metric's values with their 95 % intervals.

    The interval is that of the bootstrap's percentiles: subjects are drawn
    with replacement, since images of one person are not independent (Efron
    and Tibshirani 1993, chapter 13).

    Args:
        metric: a `Metric`.
        context: a `Context`.
        resamples: draws; the same in every call.

    Returns:
        `(values, intervals)`, dicts from name to number and to `(low, high)`;
        no interval with fewer than two subjects.
    """
    state = metric.observe(context)
    count = metric.units(state)
    values = dict(metric.values(state, np.arange(count)))
    if count < 2:
        return values, {}
    generator = np.random.default_rng(_SEED)
    drawn = {name: [] for name in values
             if name not in metric.without_interval}
    for _ in range(resamples):
        rows = generator.integers(0, count, count)
        for name, value in metric.values(state, rows):
            if name in drawn:
                drawn[name].append(value)
    intervals = {}
    for name, sample in drawn.items():
        sample = np.array(sample)
        sample = sample[np.isfinite(sample)]
        if len(sample):
            intervals[name] = tuple(np.percentile(sample, [2.5, 97.5]))
    return values, intervals
