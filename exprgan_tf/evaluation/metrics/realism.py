"""Do the images as a whole look like true ones, and do they differ?

Features are those of `Seen.features`: 128 numbers of the judge of
expressions, which has seen true training images of this data alone.
"""

from typing import ClassVar

import numpy as np
import scipy.linalg
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import polynomial_kernel

from exprgan_tf.evaluation.metrics.base import Metric, needs_edits


class Realism(Metric):
    """Distances between the distributions of edits and true images.

    KID: the unbiased squared maximum mean discrepancy with the kernel
    (x y / d + 1)^3 (Binkowski et al. 2018), here over pairs of different
    people only, since images of one person are not independent. Frechet
    distance: that of two Gaussians (Dowson and Landau 1982). It is biased
    upwards by small samples and so is every resample of it, hence it has no
    interval. Neither uses Inception, so that neither compares with figures
    of other projects.

    The edits are those to expression and intensity of each true image, or
    to full intensity where intensities are unknown.
    """

    title = "Realism of edits, in the judge's features"
    labels: ClassVar[dict] = {
        "kid": ("KID x 1000", "lower"),
        "frechet_distance": ("Frechet distance", "lower"),
    }
    without_interval = ("frechet_distance",)

    def missing(self, context):
        if needs_edits(context):
            return needs_edits(context)
        if len(np.unique(context.held_out.truth["subject"])) < 2:
            return "fewer than two people with true images"
        return None

    def observe(self, context):
        held_out, true = context.held_out, context.benchmark.truth_seen
        rows = held_out.truth_source()
        if context.targets is not None:
            made, owners = context.targets.features, rows[context.target_rows]
        else:
            made = context.edits.features[:, :, -1]
            owners = np.repeat(np.arange(len(made)), made.shape[1])
            made = made.reshape(-1, made.shape[-1])
        return {
            "blocks": [
                _blocks(made, owners, made, owners, held_out),
                _blocks(true.features, rows, true.features, rows, held_out),
                _blocks(made, owners, true.features, rows, held_out),
            ],
            "frechet": frechet_distance(made, true.features),
        }

    def units(self, state):
        return len(state["blocks"][0][0])

    def values(self, state, rows):
        count = self.units(state)
        weights = np.bincount(rows, minlength=count).astype("float64")
        pairs = np.outer(weights, weights) * ~np.eye(count, dtype=bool)
        made, true, both = (
            _mean(sums, counts, pairs) for sums, counts in state["blocks"]
        )
        yield "kid", 1000 * (made + true - 2 * both)
        yield "frechet_distance", state["frechet"]


class Diversity(Metric):
    """How much new people of random z and codes differ from each other.

    The mean Euclidean distance of features of two of them, over all pairs
    of different people with the same expression; beside it the same of the
    true images of different people. How near the training face that is most
    like a new one is tells whether the model shows people that it knows.
    """

    title = "New people from random codes"
    labels: ClassVar[dict] = {
        "new_faces_diversity": (
            "diversity: mean distance in the judge's features", "higher"),
        "new_faces_diversity_identity": (
            "diversity: mean distance in the identity embedding", "higher"),
        "new_faces_diversity_identity_prior": (
            "... of people from the prior, U(-1, 1)", "higher"),
        "new_faces_nearest_training": (
            "cosine with the nearest training face, identity embedding", ""),
    }

    def missing(self, context):
        return None if context.made else "makes no new people"

    def observe(self, context):
        made, prior = context.made, context.made_from_prior
        distances = {
            "new_faces_diversity": _class_distances(made.features),
            "new_faces_diversity_identity": _class_distances(made.embeddings),
        }
        if prior:
            distances["new_faces_diversity_identity_prior"] = (
                _class_distances(prior.embeddings)
            )
        return distances, _nearest_training(
            context, made.embeddings
        ).mean(axis=1)

    def units(self, state):
        return len(state[1])

    def values(self, state, rows):
        all_distances, nearest = state
        # A person drawn twice is no pair of different people.
        different = rows[:, None] != rows[None, :]
        for name, distances in all_distances.items():
            chosen = distances[np.ix_(rows, rows)][different]
            yield name, chosen.mean() if len(chosen) else np.nan
        yield "new_faces_nearest_training", nearest[rows].mean()


class TrueDiversity(Metric):
    """`Diversity` of the true images of unseen people, for comparison."""

    title = "New people from random codes"
    labels: ClassVar[dict] = {
        "true_diversity": ("the same of true images, features", ""),
        "true_diversity_identity": ("... and identity embedding", ""),
        "true_nearest_training": (
            "... and cosine with the nearest training face", ""),
    }

    def missing(self, context):
        if len(np.unique(context.held_out.truth["subject"])) < 2:
            return "fewer than two people with true images"
        return None

    def observe(self, context):
        held_out, seen = context.held_out, context.benchmark.truth_seen
        rows, label = held_out.truth_source(), held_out.truth["label"]
        count = len(held_out.subjects)
        state = {}
        for name, points in (("true_diversity", seen.features),
                             ("true_diversity_identity", seen.embeddings)):
            distances = cdist(points, points) * (label[:, None] == label)
            counts = (label[:, None] == label).astype("float64")
            state[name] = (
                _block_sums(distances, rows, rows, count),
                _block_sums(counts, rows, rows, count),
            )
        nearest = np.bincount(rows, _nearest_training(
            context, seen.embeddings
        ), count)
        return state, nearest, np.bincount(rows, minlength=count)

    def units(self, state):
        return len(state[1])

    def values(self, state, rows):
        blocks, nearest, images = state
        count = self.units(state)
        weights = np.bincount(rows, minlength=count).astype("float64")
        pairs = np.outer(weights, weights) * ~np.eye(count, dtype=bool)
        for name, (sums, counts) in blocks.items():
            yield name, _mean(sums, counts, pairs)
        yield "true_nearest_training", nearest[rows].sum() / max(
            images[rows].sum(), 1
        )


def frechet_distance(first, second):
    """Between Gaussians with the moments of two sets `[n, d]`, `[m, d]`."""
    means = first.mean(axis=0) - second.mean(axis=0)
    covariances = [
        np.atleast_2d(np.cov(points, rowvar=False, dtype="float64"))
        for points in (first, second)
    ]
    # The trace of the root of a product, by its eigenvalues: all real and
    # not negative but for rounding.
    roots = scipy.linalg.eigvals(covariances[0] @ covariances[1]).real
    return (
        means @ means + sum(map(np.trace, covariances))
        - 2 * np.sqrt(np.maximum(roots, 0)).sum()
    )


def _blocks(first, first_owners, second, second_owners, held_out):
    """Sums and numbers of kernel values for each pair of people."""
    count = len(held_out.subjects)
    kernel = polynomial_kernel(
        first.astype("float64"), second.astype("float64"), degree=3, coef0=1
    )
    return tuple(
        _block_sums(values, first_owners, second_owners, count)
        for values in (kernel, np.ones_like(kernel))
    )


def _block_sums(values, first, second, count):
    one_hot = np.eye(count)
    return one_hot[first].T @ values @ one_hot[second]


def _mean(sums, counts, pairs):
    total = (counts * pairs).sum()
    return (sums * pairs).sum() / total if total else np.nan


def _nearest_training(context, embeddings):
    """The cosine with the most alike training face, for each embedding."""
    return (embeddings @ context.benchmark.training_seen.embeddings.T).max(
        axis=-1
    )


def _class_distances(points):
    """Mean distance over classes of two people, `[P, P]`, of `[P, K, f]`."""
    return np.mean([
        cdist(points[:, index], points[:, index])
        for index in range(points.shape[1])
    ], axis=0)
