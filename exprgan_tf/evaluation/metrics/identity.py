"""Is it still the same person?"""

from typing import ClassVar

import numpy as np
from sklearn.metrics import auc, roc_curve

from exprgan_tf.evaluation.context import INTENSITIES
from exprgan_tf.evaluation.metrics.base import Metric, needs_edits

FALSE_ACCEPTS = 0.01


class Identity(Metric):
    """Rank 1 and verification of edits among people unseen in training.

    Both compare the embedding of an edit with the mean embedding of each
    person's true expressive images, by cosine. Rank 1: the most similar
    person is the right one. Verification: pairs of an edit and the right
    person against pairs with others, by the area under the ROC curve and the
    true accept rate at a false accept rate of 1 %, as in LFW and IJB
    (Huang et al. 2007; Klare et al. 2015). The embedding is a network of its
    own, not phi of the loss.
    """

    title = "Identity"
    labels: ClassVar[dict] = {
        "identity_rank1": ("person right, rank 1", "higher"),
        "identity_auc": ("verification: area under the ROC curve", "higher"),
        "identity_tar": (
            "verification: accepted at 1 % false accepts", "higher"),
    }

    def missing(self, context):
        if needs_edits(context):
            return needs_edits(context)
        if not context.held_out.people_known:
            return "the data does not say who is in a picture"
        names, _ = context.benchmark.gallery
        if len(names) < 2 or not np.isin(
            context.held_out.subjects, names
        ).any():
            return "fewer than two people with other images"
        return None

    def observe(self, context):
        names, means = context.benchmark.gallery
        subjects = context.held_out.subjects
        known = np.isin(subjects, names)
        embeddings = context.edits.embeddings[known]
        return {
            "likeness": embeddings @ means.T,
            "person": np.searchsorted(names, subjects[known]),
        }

    def units(self, state):
        return len(state["person"])

    def values(self, state, rows):
        likeness, person = state["likeness"][rows], state["person"][rows]
        yield from _values("identity", likeness, person)
        for index, intensity in enumerate(INTENSITIES):
            for name, value in _values("identity", likeness[:, :, [index]],
                                       person):
                yield f"{name}_at_{intensity}", value


def _values(prefix, likeness, person):
    """Of likenesses `[r, K, I, N]` of edits of persons `[r]`."""
    best = likeness.argmax(axis=-1)
    yield f"{prefix}_rank1", (best == person[:, None, None]).mean()
    own = np.zeros(likeness.shape, bool)
    own[np.arange(len(person)), :, :, person] = True
    area, rate = verification(own.ravel(), likeness.ravel())
    yield f"{prefix}_auc", area
    yield f"{prefix}_tar", rate


def verification(same, likeness, false_accepts=FALSE_ACCEPTS):
    """Area under the ROC curve, and true accepts at a false accept rate.

    Args:
        same: whether a pair is of one person, bool `[n]`.
        likeness: `[n]`.
        false_accepts: the rate that is not exceeded.
    """
    wrong, right, _ = roc_curve(same, likeness)
    allowed = right[wrong <= false_accepts]
    return auc(wrong, right), allowed.max()
