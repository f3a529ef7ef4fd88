"""What the codes hold: people in g(x) (Fig. 6), expressions in c (Fig. 7)."""

from typing import ClassVar

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_samples

from exprgan_tf.evaluation.context import NO_ENCODER
from exprgan_tf.evaluation.metrics.base import MeanMetric

NEIGHBOURS = 5


class IdentityCodes(MeanMetric):
    """Do identity codes g(x) of one person lie together (Fig. 6)?

    The silhouette (Rousseeuw 1987, by sklearn; -1 to 1) of people, and how
    often the nearest other image is of the same person.
    """

    title = "Codes"
    labels: ClassVar[dict] = {
        "identity_codes_silhouette": (
            "g(x): silhouette of people", "higher"),
        "identity_codes_nearest": (
            "g(x): nearest image is of the same person", "higher"),
    }

    def missing(self, context):
        if not context.held_out.people_known:
            return "the data does not say who is in a picture"
        if context.editor.model is None:
            return "has no codes"
        if not context.editor.encodes:
            return NO_ENCODER
        names = context.held_out.truth["subject"][context.benchmark.catalog]
        if not 2 <= len(np.unique(names)) < len(names):
            return "fewer than two people with several images"
        return None

    def observations(self, context):
        rows = context.held_out.truth_source()[context.benchmark.catalog]
        distances = cdist(context.identity_codes, context.identity_codes)
        # Rounding leaves no zero there, which sklearn asks for.
        np.fill_diagonal(distances, 0)
        yield (
            "identity_codes_silhouette",
            silhouette_samples(distances, rows, metric="precomputed"), rows,
        )
        np.fill_diagonal(distances, np.inf)
        found = rows[distances.argmin(axis=1)]
        yield "identity_codes_nearest", found == rows, rows


class Retrieval(MeanMetric):
    """The nearest faces by c, by y and by pixels (Fig. 7), Euclidean.

    Each true image asks for the five nearest images of other people. c is
    Q(x, y), y the one-hot answer of the judge of expressions, which Q is
    given, too. Precision: the share with the expression of the query.
    Intensity: the mean difference of labelled intensity to those of the same
    expression.
    """

    title = "Codes"
    labels: ClassVar[dict] = {
        **{f"retrieval_precision_{key}": (
            f"retrieval by {text}: precision at {NEIGHBOURS}", "higher")
           for key, text in (("c", "c"), ("y", "y"), ("x", "pixels"))},
        **{f"retrieval_intensity_{key}": (
            f"retrieval by {text}: intensity off by", "lower")
           for key, text in (("c", "c"), ("y", "y"), ("x", "pixels"))},
    }

    def missing(self, context):
        if context.editor.model is None:
            return "has no codes"
        if not context.editor.model.config.model_type.startswith("exprgan"):
            return "the model has no trained Q"
        truth = context.held_out.truth
        if len(np.unique(truth["subject"][context.benchmark.catalog])) < 2:
            return "fewer than two people with true images"
        return None

    def observations(self, context):
        rows = context.benchmark.catalog
        truth = context.held_out.truth
        label, intensity = truth["label"][rows], truth["intensity"][rows]
        owner = context.held_out.truth_source()[rows]
        for key, nearest in retrieved(context).items():
            usable = nearest >= 0
            same = usable & (label[nearest] == label[:, None])
            owners = np.broadcast_to(owner[:, None], nearest.shape)
            yield (
                f"retrieval_precision_{key}", same[usable], owners[usable]
            )
            known = same & (intensity[:, None] >= 0) & (
                intensity[nearest] >= 0
            )
            if known.any():
                off = np.abs(intensity[nearest] - intensity[:, None])
                yield (
                    f"retrieval_intensity_{key}", off[known], owners[known]
                )


def retrieved(context, count=NEIGHBOURS):
    """The nearest images of other people in the catalog.

    Returns:
        A dict from "c", "y" and "x" to int `[t, count]`, places in the
        catalog, nearest first; -1 where there are fewer.
    """
    rows = context.benchmark.catalog
    owner = context.held_out.truth_source()[rows]
    logits = context.benchmark.truth_seen.logits[rows]
    spaces = {
        "c": context.expression_codes,
        "y": np.eye(logits.shape[1])[logits.argmax(axis=1)],
        "x": context.held_out.truth["image"][rows].reshape(len(rows), -1),
    }
    # Equal distances, as between all images of one y, in random order.
    shuffled = np.random.default_rng(0).permutation(len(rows))
    found = {}
    for key, points in spaces.items():
        distances = cdist(points, points)
        distances[owner[:, None] == owner] = np.inf
        order = shuffled[np.argsort(
            distances[:, shuffled], axis=1, kind="stable"
        )][:, :count]
        reached = np.isfinite(np.take_along_axis(distances, order, axis=1))
        found[key] = np.where(reached, order, -1)
    return found
