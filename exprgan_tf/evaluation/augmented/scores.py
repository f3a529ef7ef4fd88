"""How many true faces classifiers tell right, and what made faces changed."""

import dataclasses

import numpy as np
from sklearn.metrics import recall_score

from exprgan_tf.evaluation.augmented.trials import Arm
from exprgan_tf.evaluation.metrics.base import Metric, measure

# Beside the classes: the mean of their shares.
MEAN = "mean"


@dataclasses.dataclass(frozen=True)
class Answered:
    """What classifiers answered to every face that was tested.

    Args:
        classes: names `[K]`.
        label: int `[n]`, the truth.
        subject: names `[n]`.
        found: a dict from `Arm` to int `[seeds, n]`.
    """

    classes: tuple
    label: np.ndarray
    subject: np.ndarray
    found: dict


class Recall(Metric):
    """The share of each class's faces told right, and their mean.

    Every class counts alike in the mean, however rare. Values are named
    `(arm, class or MEAN, is_gain)`; a gain is the share less that of the arm
    with the same people and no made faces, by the same faces and seeds.
    `observe` takes an `Answered`.
    """

    def observe(self, context):
        _, person = np.unique(context.subject, return_inverse=True)
        shape = person.max() + 1, len(context.classes)
        place = np.ravel_multi_index((person, context.label), shape)
        size = shape[0] * shape[1]
        counts = np.bincount(place, minlength=size).reshape(shape)
        return context.classes, counts, {
            arm: np.bincount(
                place, (found == context.label).mean(axis=0), size
            ).reshape(shape)
            for arm, found in context.found.items()
        }

    def units(self, state):
        return len(state[1])

    def values(self, state, rows):
        classes, counts, right = state
        total = counts[rows].sum(axis=0)
        with np.errstate(invalid="ignore"):
            shares = {
                arm: sums[rows].sum(axis=0) / total
                for arm, sums in right.items()
            }
        for arm, share in shares.items():
            gain = share - shares[Arm(arm.people, 0)]
            for is_gain, values in ((False, share), (True, gain)):
                yield (arm, MEAN, is_gain), np.nanmean(values)
                for name, value in zip(classes, values, strict=True):
                    yield (arm, name, is_gain), value


def rows_of(answered):
    """The table's rows, one an arm.

    Args:
        answered: an `Answered`.

    Returns:
        A list of dicts of JSON values: "people" (0: all), "made", and for
        "mean" and by class in "classes": {"right", "interval", "gain",
        "gain_interval"}, with intervals of 95 % by person, None where there
        is nobody or nothing to draw; "seeds" has the mean of each seed.
    """
    values, intervals = measure(Recall(), answered)

    def told(arm, name):
        found = {}
        for is_gain, key, bounds in (
            (False, "right", "interval"), (True, "gain", "gain_interval"),
        ):
            value = values[arm, name, is_gain]
            found[key] = float(value) if np.isfinite(value) else None
            interval = intervals.get((arm, name, is_gain))
            found[bounds] = interval and [float(bound) for bound in interval]
        return found

    return [
        {
            "people": arm.people, "made": arm.made,
            MEAN: told(arm, MEAN),
            "classes": {name: told(arm, name) for name in answered.classes},
            "seeds": [
                float(recall_score(
                    answered.label, labels, average="macro",
                    labels=np.unique(answered.label), zero_division=0.0,
                )) for labels in found
            ],
        }
        for arm, found in answered.found.items()
    ]


def best(rows, people):
    """The row of so many people whose mean is the highest."""
    own = [row for row in rows if row["people"] == people]
    return max(own, key=lambda row: row[MEAN]["right"])
