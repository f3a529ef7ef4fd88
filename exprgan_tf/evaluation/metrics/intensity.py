"""Does the expression grow with the asked intensity?"""

from typing import ClassVar

import numpy as np
import scipy.stats

from exprgan_tf.evaluation.context import INTENSITIES
from exprgan_tf.evaluation.metrics.base import MeanMetric, needs_edits


class Intensity(MeanMetric):
    """Asked against seen intensity, for each subject and expression.

    Seen is the judge's logit of the asked expression less the mean of all.
    Spearman's rank correlation (scipy), the share of steps of 0.2 that are
    seen as an increase, the share of variance that a straight line explains
    (R^2 of `scipy.stats.linregress`), and the span, seen at 1 less seen at
    0.2. A face that does not change correlates with nothing: 0.
    """

    title = "Intensity"
    labels: ClassVar[dict] = {
        "intensity_spearman": (
            "Spearman of asked and seen intensity", "higher"),
        "intensity_monotone_steps": (
            "steps of 0.2 seen as an increase", "higher"),
        "intensity_linearity": ("linearity, R²", "higher"),
        "intensity_span": ("span from 0.2 to 1, logits", "higher"),
    }

    def missing(self, context):
        return needs_edits(context)

    def observations(self, context):
        seen = seen_intensity(context)
        rows = np.repeat(np.arange(len(seen)), seen.shape[1])
        flat = seen.reshape(-1, seen.shape[2])
        steps = (np.diff(flat, axis=1) > 0).mean(axis=1)
        for name, values in (
            ("spearman", [spearman(INTENSITIES, row) for row in flat]),
            ("monotone_steps", steps),
            ("linearity", [linearity(INTENSITIES, row) for row in flat]),
            ("span", flat[:, -1] - flat[:, 0]),
            *((f"seen_at_{value}", flat[:, index])
              for index, value in enumerate(INTENSITIES)),
        ):
            yield f"intensity_{name}", values, rows


class IntensityTruth(MeanMetric):
    """Seen intensity on true images of labelled intensity.

    Spearman of labelled and seen intensity tells what the judge's scale is
    worth. The gap is the mean absolute difference between what it sees in a
    true image and in the edit to that image's expression and intensity.
    Seen at one of `INTENSITIES` is the mean over true images that are
    labelled with it within 0.1: what an edit's curve should look like.
    """

    title = "Intensity"
    labels: ClassVar[dict] = {
        "intensity_gap_to_true_images": (
            "seen intensity off that of the true image, logits", "lower"),
        "intensity_spearman_true_images": (
            "the judge on true images: Spearman", ""),
    }

    def missing(self, context):
        if not context.held_out.intensity_known.any():
            return "the data has no intensity labels"
        return None

    def observations(self, context):
        yield "intensity_spearman_true_images", *_true_correlations(context)
        yield from _true_levels(context)
        if context.targets is not None:
            rows = context.target_rows
            label = context.held_out.truth["label"][rows]
            index = np.arange(len(rows))
            true = context.benchmark.truth_seen.logits[rows]
            made = context.targets.logits
            yield (
                "intensity_gap_to_true_images",
                np.abs(true[index, label] - made[index, label]),
                context.held_out.truth_source()[rows],
            )


def _true_correlations(context):
    """Of each subject and expression, the neutral face with them."""
    held_out, seen = context.held_out, context.benchmark.truth_seen.logits
    truth, known = held_out.truth, held_out.intensity_known
    found, rows = [], []
    for row, subject in enumerate(held_out.subjects):
        for label in np.unique(truth["label"][known]):
            chosen = (
                known & (truth["subject"] == subject)
                & (truth["label"] == label)
            )
            asked = truth["intensity"][chosen]
            given = seen[chosen, label]
            if held_out.from_neutral:
                neutral = context.benchmark.source_seen.logits[row, label]
                asked, given = np.append(asked, 0), np.append(given, neutral)
            if len(np.unique(asked)) > 1:
                found.append(spearman(asked, given))
                rows.append(row)
    return found, np.array(rows, "int64")


def _true_levels(context):
    truth = context.held_out.truth
    labels = truth["label"]
    seen = context.benchmark.truth_seen.logits[np.arange(len(labels)), labels]
    for value in INTENSITIES:
        # An unknown intensity is -1.
        chosen = np.abs(truth["intensity"] - value) <= 0.1
        if chosen.any():
            yield (
                f"intensity_seen_true_at_{value}", seen[chosen],
                context.held_out.truth_source()[chosen],
            )


def seen_intensity(context):
    """The score of the asked expression in each edit, `[n, K, I]`."""
    return np.stack([
        context.edits.logits[:, index, :, index]
        for index in range(len(context.classes))
    ], axis=1)


def spearman(asked, seen):
    """Spearman's rank correlation; 0 where nothing changes."""
    if not np.ptp(seen):
        return 0.0
    return scipy.stats.spearmanr(asked, seen).statistic


def linearity(asked, seen):
    """The share of variance that a line explains; 0 where none is."""
    if not np.ptp(seen):
        return 0.0
    return scipy.stats.linregress(asked, seen).rvalue ** 2
