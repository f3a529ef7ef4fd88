import types

import numpy as np
import pytest
from conftest import tiny_config

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
from exprgan_tf.evaluation.judges import Judges


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
