"""Do the faces show the expression that was asked for?"""

from typing import ClassVar

import numpy as np
from sklearn.metrics import confusion_matrix

from exprgan_tf.evaluation.context import INTENSITIES
from exprgan_tf.evaluation.metrics.base import MeanMetric, needs_edits

STRONG = 0.6


class ExpressionAccuracy(MeanMetric):
    """Share of edits in which the judge sees the asked expression.

    The judge is a classifier of true training images that never saw an image
    of any generator, as in the paper's section on the classification of
    generated faces.
    """

    title = "Expression"
    labels: ClassVar[dict] = {
        "expression_accuracy_strong": (
            "expression right at intensity 0.6 to 1", "higher"),
        "expression_accuracy_full": (
            "expression right at intensity 1", "higher"),
        "expression_accuracy_worst_class": (
            "... of the worst class, 0.6 to 1", "higher"),
    }

    def missing(self, context):
        return needs_edits(context)

    def observations(self, context):
        right = _right(context)
        rows = np.broadcast_to(
            np.arange(len(right))[:, None, None], right.shape
        )
        strong = np.array(INTENSITIES) >= STRONG
        for name, chosen in (
            ("strong", (slice(None), slice(None), strong)),
            ("full", (slice(None), slice(None), -1)),
            *((f"at_{value}", (slice(None), slice(None), index))
              for index, value in enumerate(INTENSITIES)),
            *((f"strong_{name}", (slice(None), index, strong))
              for index, name in enumerate(context.classes)),
        ):
            yield (
                f"expression_accuracy_{name}", right[chosen].ravel(),
                rows[chosen].ravel(),
            )

    def values(self, state, rows):
        worst = []
        for name, value in super().values(state, rows):
            if name.startswith("expression_accuracy_strong_"):
                worst.append(value)
            yield name, value
        yield "expression_accuracy_worst_class", min(worst)


class JudgeAccuracy(MeanMetric):
    """The same judge on true images of the same people: what it is worth."""

    title = "Expression"
    labels: ClassVar[dict] = {
        "expression_accuracy_true_images": (
            "the judge on true images", ""),
        "expression_accuracy_true_images_strong": (
            "the judge on true images of 0.6 and more", ""),
    }

    def missing(self, context):
        if not len(context.held_out.truth["label"]):
            return "no other true image of these subjects"
        return None

    def observations(self, context):
        held_out = context.held_out
        seen = context.benchmark.truth_seen.logits.argmax(axis=1)
        right = seen == held_out.truth["label"]
        rows = held_out.truth_source()
        yield "expression_accuracy_true_images", right, rows
        strong = held_out.truth["intensity"] >= STRONG
        if strong.any():
            yield (
                "expression_accuracy_true_images_strong", right[strong],
                rows[strong],
            )


class NewFaces(MeanMetric):
    """The same for faces of random z and codes (Fig. 5)."""

    title = "New people from random codes"
    labels: ClassVar[dict] = {
        "new_faces_expression_accuracy": ("expression right", "higher"),
    }

    def missing(self, context):
        return None if context.made else "makes no new people"

    def count(self, context):
        return len(context.made.logits)

    def observations(self, context):
        seen = context.made.logits.argmax(axis=2)
        right = seen == np.arange(len(context.classes))
        yield (
            "new_faces_expression_accuracy", right.ravel(),
            np.repeat(np.arange(len(right)), right.shape[1]),
        )


def confusion(context):
    """How often each asked expression is seen as each, at 0.6 to 1.

    Returns:
        Counts `[K, K]`, a row an asked expression; None without edits.
    """
    if context.edits is None:
        return None
    strong = np.array(INTENSITIES) >= STRONG
    seen = context.edits.logits[:, :, strong].argmax(axis=3)
    count = len(context.classes)
    asked = np.broadcast_to(np.arange(count)[None, :, None], seen.shape)
    return confusion_matrix(
        asked.ravel(), seen.ravel(), labels=np.arange(count)
    )


def _right(context):
    seen = context.edits.logits.argmax(axis=3)
    return seen == np.arange(seen.shape[1])[None, :, None]
