import types

import numpy as np
import pytest
from conftest import CLASSES, tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation import judges as judges_module
from exprgan_tf.evaluation.benchmark import Benchmark
from exprgan_tf.evaluation.columns import Column
from exprgan_tf.evaluation.context import INTENSITIES, Context
from exprgan_tf.evaluation.editors import CopyOfInput
from exprgan_tf.evaluation.figures.identity_map import identity_map
from exprgan_tf.evaluation.held_out import HeldOut, spread
from exprgan_tf.evaluation.judges import Judges, Seen
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


@pytest.fixture(scope="module")
def config():
    return tiny_config(validation_subjects=2)


@pytest.fixture(scope="module")
def benchmark(dataset, config, tmp_path_factory):
    return Benchmark.for_data(
        dataset, config, "test", tmp_path_factory.mktemp("judges"), epochs=20
    )


class Perfect:
    """An editor whose edits are the true images of the data."""

    name, model, encodes = "perfect", None, True

    def __init__(self, held_out):
        self._held_out = held_out

    def prepare(self, rows):
        def draw(expressions, intensities, faces):
            return np.stack([
                self._true_image(rows[face], str(name), value)
                for face, name, value in zip(
                    faces, expressions, intensities, strict=True
                )
            ])

        return draw

    def _true_image(self, row, expression, intensity):
        held_out = self._held_out
        if expression == "neutral":
            return held_out.source["image"][row]
        truth = held_out.truth
        distance = np.abs(truth["intensity"] - intensity) + 9.0 * (
            (truth["subject"] != held_out.subjects[row])
            | (truth["expression"] != expression)
        )
        return truth["image"][distance.argmin()]


def test_held_out_images_are_those_of_unseen_subjects(dataset, config):
    test = HeldOut(dataset, config)
    assert sorted(test.subjects) == ["s4", "s5"]
    assert test.from_neutral
    assert set(test.truth["subject"]) == {"s4", "s5"}
    assert set(test.gallery["subject"]) == {"s2", "s3", "s4", "s5"}
    validation = HeldOut(dataset, config, "validation")
    assert set(validation.truth["subject"]) == {"s2", "s3"}
    assert list(HeldOut(dataset, config, most=1).subjects) == ["s4"]
    with pytest.raises(UserError, match="--part=validation"):
        HeldOut(dataset, tiny_config(), "validation")


def test_without_neutral_faces_the_weakest_expression_is_edited(
    dataset, config
):
    splits = {name: split for name, split in dataset.splits.items()
              if name != "neutral"}
    bare = Dataset(
        dataset.folder, dataset.image_size, dataset.classes, splits
    )
    held_out = HeldOut(bare, config)
    assert not held_out.from_neutral
    assert list(held_out.source["intensity"]) == pytest.approx([0.4, 0.4])
    # What is edited is no longer what edits are compared with.
    assert len(held_out.truth["label"]) == 16
    assert len(held_out.gallery["label"]) == 34


def test_true_images_get_the_best_figures(benchmark):
    editor = Perfect(benchmark.held_out)
    perfect = Column.measured(Context(editor, benchmark), 9)
    found = perfect.values
    assert found["error_to_true_image"] == 0
    assert found["target_psnr"] == np.inf
    assert found["target_ssim"] == found["reconstruction_ssim"] == 1
    assert found["intensity_gap_to_true_images"] < 1e-4
    assert found["frechet_distance"] < 1e-3
    # The judges saw drawn faces for seconds only; chance is a third.
    assert found["expression_accuracy_true_images"] > 0.6
    assert found["expression_accuracy_full"] > 0.6
    assert perfect.to_json()["metrics"]["target_psnr"] is None


def test_baselines_get_no_credit_for_what_they_do_not_do(benchmark):
    copy, nearest = (
        Column.measured(Context(editor, benchmark), 9)
        for editor in benchmark.baselines()
    )
    assert copy.values["intensity_spearman"] == 0
    assert copy.values["intensity_linearity"] == 0
    assert copy.values["color_drift"] == 0
    assert copy.values["error_of_reconstruction"] == 0
    assert copy.values["error_to_true_image"] > 1
    assert copy.values["expression_accuracy_full"] == pytest.approx(1 / 3)
    assert "Retrieval" in copy.left_out
    # It shows the expression, but on somebody else.
    assert nearest.values["expression_accuracy_full"] > 0.6
    assert nearest.values["error_to_true_image"] > 1
    images = nearest.context.pictures[0, :, -1]
    training = benchmark.training
    for label, image in enumerate(images):
        [row] = [row for row, other in enumerate(training["image"])
                 if np.array_equal(image, other)]
        assert training["label"][row] == label
        assert training["intensity"][row] > 0.65


def test_judges_are_kept_for_what_they_depend_on(
    dataset, config, tmp_path, monkeypatch, eager
):
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3))
    first = Judges.for_data(dataset, config, tmp_path, epochs=1)
    monkeypatch.delattr(judges_module, "_fit")
    again = Judges.for_data(
        dataset, config.replace(seed=5), tmp_path, epochs=1
    )
    for name in ("logits", "embeddings"):
        np.testing.assert_array_equal(
            getattr(first, name)(images), getattr(again, name)(images)
        )
        np.testing.assert_allclose(
            getattr(first.observe(images), name),
            getattr(first, name)(images), atol=1e-5,
        )
    np.testing.assert_allclose(
        np.linalg.norm(first.embeddings(images), axis=1), 1, atol=1e-5
    )
    with pytest.raises(NameError):
        Judges.for_data(dataset, tiny_config(), tmp_path, epochs=1)


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


def test_a_real_model_is_measured(dataset, config, benchmark):
    model = ExprGAN(config)
    column = Column.measured(
        Context(benchmark.editor("model", model, "none"), benchmark), 9
    )
    assert column.left_out == {}
    context = column.context
    assert context.edits.logits.shape == (2, 3, len(INTENSITIES), 3)
    made = model.edit(
        benchmark.held_out.source["image"], "sad", 1.0, refine="none"
    )
    np.testing.assert_allclose(context.pictures[:, 1, -1], made, atol=1e-5)
    assert 0 <= column.values["identity_rank1"] <= 1


def test_copies_are_the_inputs(benchmark):
    source = benchmark.held_out.source["image"]
    draw = CopyOfInput(source).prepare(np.array([1, 0]))
    np.testing.assert_array_equal(draw("ab", [0, 1], [0, 1]), source[[1, 0]])


def test_spread_reaches_both_ends():
    assert list(spread(10, 4)) == [0, 3, 6, 9]
    assert list(spread(3, 9)) == [0, 1, 2]
    assert list(spread(0, 9)) == []


def test_codes_that_are_all_the_same_have_no_map():
    context = types.SimpleNamespace(identity_codes=np.ones((40, 8)))
    assert identity_map(types.SimpleNamespace(context=context)) is None
