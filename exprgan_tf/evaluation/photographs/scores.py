"""What is told of many photographs: means with intervals by photograph."""

from typing import ClassVar

import numpy as np

from exprgan_tf.config import NEUTRAL
from exprgan_tf.evaluation.metrics.base import Metric
from exprgan_tf.evaluation.photographs.measuring import INTENSITIES

# Expressions that are taken for each other.
PAIRS = (("fear", "surprise"), ("angry", "disgust"))
_LEAST_SPREAD = 1e-9


class PhotographScores(Metric):
    """All numbers of one column of edited photographs.

    `observe` takes a `Scored`. Edits whose face is lost are left out of all
    that is judged, and have a row of their own. Expressions confused, mSCR,
    is the mean share, at intensity 1, of fear taken for surprise, surprise
    for fear, anger for disgust and disgust for anger; CLS is Pearson's
    correlation of asked and judged intensity, and HES the harmonic mean of
    what is seen of the expression and of the person; the names are those of
    FFE-Bench (arXiv 2603.25728).
    """

    labels: ClassVar[dict] = {
        "accuracy": ("expression right at intensity 1, by our judge",
                     "higher"),
        "probability": ("... its probability, by our judge", "higher"),
        "confused": ("fear/surprise, anger/disgust confused (mSCR), by our "
                     "judge", "lower"),
        "correlation": ("asked and judged intensity, Pearson (CLS), by our "
                        "judge", "higher"),
        "correlation_log_odds": ("... of log odds, by our judge", "higher"),
        "identity": ("person, cosine at intensity 1, by our judge",
                     "higher"),
        "harmonic": ("harmonic mean of accuracy and person (HES), by our "
                     "judge", "higher"),
        "harmonic_probability": ("... of probability and person, by our "
                                 "judge", "higher"),
        "sharpness_changed": ("sharpness of what changed, share of the "
                              "photograph's, median at intensity 1", ""),
        "sharpness_kept": ("... of the rest of the face", ""),
        "beyond_largest": ("largest change outside the face (0 to 255)",
                           "lower"),
        "beyond_mean": ("mean change outside the face (0 to 255)", "lower"),
        "zero_largest": ("largest change at intensity 0 (0 to 255)",
                         "lower"),
        "zero_mean": ("mean change at intensity 0 (0 to 255)", "lower"),
        "neutral_before": ("photographs that our judge takes for neutral",
                           ""),
    }
    # A mean of other people's largest is no bound.
    without_interval = ("beyond_largest", "zero_largest")

    def observe(self, context):
        return context

    def units(self, state):
        return len(state.values["before"])

    def values(self, state, rows):
        values = {
            name: part[rows] for name, part in state.values.items()
        }
        judged = values["probabilities"]
        own = _own(judged, state.places)
        full = judged[:, :, -1]
        by_class = right_by_class(full, state.places)
        accuracy = _mean(by_class)
        probability = _mean(own[..., -1])
        identity = _mean(values["identity"][..., -1])
        yield "accuracy", accuracy
        for name, value in zip(state.expressions, by_class, strict=True):
            yield f"accuracy_{name}", value
        yield "probability", probability
        yield "confused", confused(full, state.expressions, state.names)
        yield "correlation", _mean(correlations(own))
        yield "correlation_log_odds", _mean(correlations(log_odds(own)))
        yield "identity", identity
        yield "harmonic", harmonic(accuracy, identity)
        yield "harmonic_probability", harmonic(probability, identity)
        for name in ("sharpness_changed", "sharpness_kept"):
            yield name, _median(values[name][..., -1])
        yield "beyond_largest", values["beyond_largest"].max(initial=0)
        yield "beyond_mean", _mean(values["beyond_mean"][..., 1:])
        yield "zero_largest", values["largest"][..., 0].max(initial=0)
        yield "zero_mean", _mean(values["mean"][..., 0])
        yield "lost", _mean(values["lost"][..., 1:])
        neutral = state.names.index(NEUTRAL)
        yield "neutral_before", _mean(
            values["before"].argmax(axis=1) == neutral
        )


class Scored:
    """The edits of many photographs by one method.

    Args:
        measured: values of `Measured`, one a photograph.
        expressions: the K names that were asked for.
        names: the C names that the judge answers with.

    Attributes:
        values: a dict of arrays with the photographs in front.
        places: int `[K]`, where each expression is among the names.
    """

    def __init__(self, measured, expressions, names):
        self.values = {
            name: np.stack([values[name] for values in measured])
            for name in measured[0]
        }
        self.expressions, self.names = tuple(expressions), tuple(names)
        self.places = np.array([self.names.index(e) for e in expressions])

    def confusion(self):
        """How often each asked expression is taken for each at intensity 1.

        Returns:
            Counts `[K, C]`.
        """
        full = self.values["probabilities"][:, :, -1]
        counts = np.zeros(full.shape[1:], int)
        for row, asked in enumerate(np.moveaxis(full, 1, 0)):
            seen = asked[~np.isnan(asked[:, 0])].argmax(axis=1)
            counts[row] = np.bincount(seen, minlength=counts.shape[1])
        return counts

    def edits(self):
        """`(lost, all)`: how many edits there are above intensity 0."""
        lost = self.values["lost"][..., 1:]
        return int(lost.sum()), lost.size


def known(values):
    """A dict of numbers without those that are NaN."""
    return {
        name: float(value) for name, value in values.items()
        if not np.isnan(value)
    }


def right_by_class(full, places):
    """Share of edits in which the asked expression is seen, `[K]`.

    Args:
        full: probabilities `[P, K, C]` at intensity 1, NaN where lost.
        places: int `[K]`, where each expression is among C.
    """
    return np.array([
        _share(full[:, row], place) for row, place in enumerate(places)
    ])


def confused(full, expressions, names):
    """The mean share in which `PAIRS` are taken for each other.

    Of pairs that were not asked for, or that the judge does not know,
    nothing is told; NaN when that is so of both.

    Args:
        full: as for `right_by_class`.
        expressions, names: those of K and of C.
    """
    shares = [
        _share(full[:, expressions.index(asked)], names.index(seen))
        for pair in PAIRS for asked, seen in (pair, pair[::-1])
        if set(pair) <= set(expressions) and set(pair) <= set(names)
    ]
    return _mean(shares)


def correlations(own):
    """Pearson's correlation of asked and judged intensity.

    Args:
        own: what is judged of the asked expression, `[P, K, I]`.

    Returns:
        `[P, K]`: 0 where nothing changes, NaN where a face is lost.
    """
    asked = np.array(INTENSITIES) - np.mean(INTENSITIES)
    off = own - own.mean(axis=-1, keepdims=True)
    spread = np.sqrt((off**2).sum(axis=-1) * (asked**2).sum())
    still = off.std(axis=-1) <= _LEAST_SPREAD
    return np.where(still, 0.0, (off @ asked) / np.where(still, 1.0, spread))


def log_odds(probability):
    """log(p / (1 - p)), finite for every p from 0 to 1."""
    least = np.finfo("float32").eps
    kept = np.clip(probability, least, 1.0 - least)
    return np.log(kept) - np.log1p(-kept)


def harmonic(first, second):
    """The harmonic mean; 0 where one of the two is not above 0."""
    if np.isnan(first) or np.isnan(second):
        return np.nan
    if min(first, second) <= 0:
        return 0.0
    return 2 * first * second / (first + second)


def _own(judged, places):
    """The asked expression's of `[P, K, I, C]`: `[P, K, I]`."""
    return np.stack([
        judged[:, row, :, place] for row, place in enumerate(places)
    ], axis=1)


def _share(asked, place):
    """Of probabilities `[P, C]`, how often a place is the likeliest."""
    known = asked[~np.isnan(asked[:, 0])]
    return _mean(known.argmax(axis=1) == place)


def _mean(values):
    """That of what is known; NaN of nothing."""
    values = np.asarray(values, "float64")
    known = values[~np.isnan(values)]
    return known.mean() if known.size else np.nan


def _median(values):
    known = values[~np.isnan(values)]
    return np.median(known) if known.size else np.nan
