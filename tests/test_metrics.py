"""Metrics, counted by hand."""

import types

import numpy as np
import pytest
from conftest import CLASSES

from exprgan_tf.evaluation.judges import Seen
from exprgan_tf.evaluation.metrics import measure
from exprgan_tf.evaluation.metrics.codes import IdentityCodes, Retrieval
from exprgan_tf.evaluation.metrics.expression import (
    ExpressionAccuracy,
    confusion,
)
from exprgan_tf.evaluation.metrics.identity import Identity, verification
from exprgan_tf.evaluation.metrics.intensity import Intensity, IntensityTruth
from exprgan_tf.evaluation.metrics.likeness import TargetError
from exprgan_tf.evaluation.metrics.realism import (
    Diversity,
    Realism,
    frechet_distance,
)


def fake(logits=None, embeddings=None, features=None, **values):
    """A context of which a metric sees only what is given."""
    parts = [part for part in (logits, embeddings, features)
             if part is not None]
    empty = np.zeros((*np.shape(parts[0])[:-1], 1)) if parts else None
    seen = Seen(*(
        empty if part is None else np.asarray(part, "float64")
        for part in (logits, embeddings, features)
    ))
    return types.SimpleNamespace(
        **{"edits": seen, "made": seen, "targets": None, "classes": CLASSES,
           **values}
    )


def truth(subjects, labels=None, intensity=None):
    """Held-out people "a", "b", ... with true images."""
    names = np.array(sorted(set(subjects)))
    count = len(subjects)
    return types.SimpleNamespace(
        subjects=names, people_known=True, truth={
            "subject": np.array(subjects),
            "label": np.zeros(count, int) if labels is None else labels,
            "intensity": np.ones(count) if intensity is None else intensity,
        },
        truth_source=lambda: np.searchsorted(names, subjects),
    )


def test_expression_accuracy_by_hand():
    # Person a is right in all, person b only where happy was asked.
    logits = np.zeros((2, 3, 5, 3))
    for label in range(3):
        logits[0, label, :, label] = 1
    logits[1, :, :, 0] = 1
    context = fake(logits, held_out=truth(["a", "b"]))
    values, intervals = measure(ExpressionAccuracy(), context)
    assert values["expression_accuracy_full"] == pytest.approx(4 / 6)
    assert values["expression_accuracy_strong_happy"] == 1
    assert values["expression_accuracy_worst_class"] == 0.5
    # Resampled people are both a, both b, or both of them.
    assert intervals["expression_accuracy_full"] == pytest.approx((1 / 3, 1))
    np.testing.assert_array_equal(
        confusion(context), [[6, 0, 0], [3, 3, 0], [3, 0, 3]]
    )


def test_identity_by_hand():
    people = np.eye(2)
    embeddings = np.zeros((2, 1, 5, 2))
    embeddings[0] = people[0]
    embeddings[1, :, :3] = people[1]
    # The strongest edits of b look like a.
    embeddings[1, :, 3:] = people[0]
    context = fake(
        embeddings=embeddings, held_out=truth(["a", "b"]),
        benchmark=types.SimpleNamespace(
            gallery=(np.array(["a", "b"]), people)
        ),
    )
    assert Identity().missing(context) is None
    values, _ = measure(Identity(), context, 9)
    assert values["identity_rank1"] == 0.8
    assert values["identity_rank1_at_0.2"] == 1
    assert values["identity_rank1_at_1.0"] == 0.5
    assert values["identity_tar_at_0.2"] == values["identity_auc_at_0.2"] == 1
    context.held_out.people_known = False
    assert "who is in a picture" in Identity().missing(context)


def test_verification_by_hand():
    # Of 100 pairs of others one is more alike than one of the true pairs.
    same = np.array([True] * 4 + [False] * 100)
    likeness = np.concatenate([[0.9, 0.8, 0.7, 0.1], [0.6, 0.2],
                               np.zeros(98)])
    area, accepted = verification(same, likeness)
    assert area == pytest.approx((3 * 100 + 98) / 400)
    assert accepted == 0.75
    assert verification(same, likeness, 0.02)[1] == 1


def test_intensity_by_hand():
    logits = np.zeros((2, 1, 5, 1))
    logits[0, 0, :, 0] = [1, 2, 3, 4, 5]
    logits[1, 0, :, 0] = [1, 0, 0, 0, 0]
    context = fake(logits, classes=("happy",), held_out=truth(["a", "b"]))
    values, _ = measure(Intensity(), context)
    # Of 1, 0, 0, 0, 0 the correlation of ranks is that with the first's
    # place: -sqrt(1 / 2), and half of the variance is on the line.
    assert values["intensity_spearman"] == pytest.approx((1 - 0.5**0.5) / 2)
    assert values["intensity_linearity"] == pytest.approx(0.75)
    assert values["intensity_monotone_steps"] == 0.5
    assert values["intensity_span"] == 1.5
    assert values["intensity_seen_at_1.0"] == 2.5


def test_true_images_tell_what_a_curve_should_look_like():
    held_out = truth(["a", "a", "b", "b"], np.array([0, 1, 0, 0]),
                     np.array([0.55, 0.9, 0.65, -1.0]))
    held_out.intensity_known = held_out.truth["intensity"] >= 0
    held_out.from_neutral = False
    seen = Seen(*[np.array([[1.0, 9], [9, 4], [3, 9], [7, 9]])] * 3)
    context = fake(np.zeros((2, 1, 1)), held_out=held_out,
                   benchmark=types.SimpleNamespace(truth_seen=seen))
    values, _ = measure(IntensityTruth(), context)
    assert values["intensity_seen_true_at_0.6"] == 2
    assert values["intensity_seen_true_at_0.8"] == 4
    assert "intensity_seen_true_at_0.2" not in values


def test_target_error_is_a_mean_over_images_and_its_interval_over_people():
    held_out = truth(["a", "b", "b"])
    held_out.intensity_known = np.ones(3, bool)
    errors = {"l1": np.array([3.0, 1, 2]), "psnr": np.ones(3),
              "ssim": np.ones(3)}
    context = fake(
        np.zeros((2, 1, 1)), held_out=held_out, target_errors=errors,
        target_rows=np.arange(3),
    )
    values, intervals = measure(TargetError(), context)
    assert values["error_to_true_image"] == 2
    assert intervals["error_to_true_image"] == (1.5, 3)
    held_out.intensity_known[:] = False
    assert "intensity" in TargetError().missing(context)


def test_realism_by_hand():
    # One feature and one image a person; edits equal the true images. With
    # kernel (x y + 1)^3 the true pairs are as far as the mixed ones.
    points = np.array([[0.0], [1.0], [2.0]])
    held_out = truth(["a", "b", "c"])
    seen = Seen(points, points, points)
    context = fake(
        features=np.zeros((3, 1, 5, 1)), held_out=held_out, targets=seen,
        target_rows=np.arange(3),
        benchmark=types.SimpleNamespace(truth_seen=seen),
    )
    values, intervals = measure(Realism(), context)
    assert values["kid"] == pytest.approx(0)
    assert values["frechet_distance"] == pytest.approx(0, abs=1e-6)
    assert "frechet_distance" not in intervals
    far = Seen(points, points, points * 0)
    context.targets = far
    # Kernels: made 1, mixed 1, true (1 + 1 + 27) / 3.
    assert measure(Realism(), context)[0]["kid"] == pytest.approx(
        1000 * (1 + 29 / 3 - 2)
    )


def test_frechet_distance_of_gaussians():
    generator = np.random.default_rng(0)
    points = generator.normal(size=(4000, 2))
    points = (points - points.mean(0)) @ np.linalg.inv(
        np.linalg.cholesky(np.cov(points, rowvar=False))
    ).T
    # Means 3 apart, standard deviations 1 and 2 in one of two directions.
    moved = points * [2, 1] + [0, 3]
    assert frechet_distance(points, moved) == pytest.approx(9 + 1)


def test_diversity_by_hand():
    # Three people at 0, 0 and 3 with each of two expressions.
    features = np.array([0.0, 0, 3])[:, None, None] * np.ones((1, 2, 1))
    context = fake(
        features, features, features, made_from_prior=None,
        benchmark=types.SimpleNamespace(training_seen=types.SimpleNamespace(
            embeddings=np.array([[1.0], [0.5]])
        )),
    )
    values, _ = measure(Diversity(), context)
    assert values["new_faces_diversity"] == 2
    assert values["new_faces_nearest_training"] == 1
    assert "new_faces_diversity_identity_prior" not in values
    context.made_from_prior = Seen(features, 2 * features, features)
    values, _ = measure(Diversity(), context)
    assert values["new_faces_diversity_identity_prior"] == 4


def codes_context(expression_codes, identity_codes):
    labels = np.array([0, 1, 0, 1])
    held_out = truth(["a", "a", "b", "b"], labels, np.array([1, 1, 0.5, 1]))
    held_out.truth["image"] = np.array([0.0, 9, 8, 1]).reshape(4, 1, 1, 1)
    logits = np.eye(2)[labels]
    return types.SimpleNamespace(
        held_out=held_out, expression_codes=expression_codes,
        identity_codes=identity_codes, benchmark=types.SimpleNamespace(
            catalog=np.arange(4),
            truth_seen=types.SimpleNamespace(logits=logits),
        ),
    )


def test_codes_by_hand():
    by_label = np.array([[0.0], [5], [0], [5]])
    by_person = np.array([[0.0], [0], [4], [4]])
    context = codes_context(by_label, by_person)
    values, _ = measure(IdentityCodes(), context)
    assert values == {
        "identity_codes_silhouette": 1, "identity_codes_nearest": 1,
    }
    values, _ = measure(Retrieval(), context)
    # Both images of the other person are among the five nearest.
    assert values["retrieval_precision_c"] == 0.5
    assert values["retrieval_intensity_c"] == 0.25
    mixed = codes_context(by_label, by_label)
    assert measure(IdentityCodes(), mixed)[0]["identity_codes_nearest"] == 0


def test_one_person_alone_has_no_interval():
    logits = np.zeros((1, 3, 5, 3))
    context = fake(logits, held_out=truth(["a"]))
    assert measure(ExpressionAccuracy(), context)[1] == {}
