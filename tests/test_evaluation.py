import json

import numpy as np
import pytest
from conftest import tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation import judges as judges_module
from exprgan_tf.evaluation import metrics
from exprgan_tf.evaluation.judges import Judges


@pytest.fixture(scope="module")
def config():
    return tiny_config(validation_subjects=2)


@pytest.fixture(scope="module")
def trained_judges(dataset, config, tmp_path_factory):
    return Judges.for_data(
        dataset, config, tmp_path_factory.mktemp("judges"), epochs=20
    )


class Perfect:
    """A model whose edits are the true images of the data."""

    def __init__(self, held_out, config):
        self.config = config
        self._held_out = held_out

    def edit_codes(self, expression, intensity, count):
        names = np.broadcast_to(np.asarray(expression), (count,))
        values = np.broadcast_to(np.asarray(intensity), (count,))
        return list(zip(names, values, strict=True))

    def decode(self, codes, faces=None):
        faces = np.arange(len(codes)) if faces is None else faces
        return np.stack([
            self._true_image(self._held_out.neutral["subject"][face], *code)
            for face, code in zip(faces, codes, strict=True)
        ])

    def _true_image(self, subject, expression, intensity):
        if expression == "neutral":
            row = self._held_out.neutral["subject"] == subject
            return self._held_out.neutral["image"][row][0]
        truth = self._held_out.truth
        distance = np.abs(truth["intensity"] - intensity) + 9.0 * (
            (truth["subject"] != subject)
            | (truth["expression"] != expression)
        )
        return truth["image"][distance.argmin()]


def test_held_out_images_are_those_of_unseen_subjects(dataset, config):
    test = metrics.HeldOut(dataset, config)
    assert sorted(test.neutral["subject"]) == ["s4", "s5"]
    assert set(test.truth["subject"]) == {"s4", "s5"}
    assert set(test.gallery["subject"]) == {"s2", "s3", "s4", "s5"}
    validation = metrics.HeldOut(dataset, config, "validation")
    assert set(validation.truth["subject"]) == {"s2", "s3"}
    with pytest.raises(UserError, match="--part=validation"):
        metrics.HeldOut(dataset, tiny_config(), "validation")


def test_true_images_get_the_best_figures(
    dataset, config, trained_judges, monkeypatch
):
    held_out = metrics.HeldOut(dataset, config)
    perfect = Perfect(held_out, config)
    monkeypatch.setattr(
        "exprgan_tf.refinement.fit", lambda model, images, mode: perfect
    )
    found, edits = metrics.evaluate(perfect, held_out, trained_judges)
    assert edits.shape == (2, 3, 5, 32, 32, 3)
    assert found["error_to_true_image"] == 0
    assert found["error_of_neutral_reconstruction"] == 0
    assert found["error_of_unedited_input"] > 1
    assert found["identity_candidates"] == 4
    # The judges saw drawn faces for seconds only; chance is a third.
    assert found["expression_accuracy_true_images"] > 0.6
    assert found["expression_accuracy_full"] > 0.6


def test_a_copy_of_the_input_gets_no_credit_for_editing(
    dataset, config, trained_judges, monkeypatch
):
    held_out = metrics.HeldOut(dataset, config)

    class Copy(Perfect):
        def decode(self, codes, faces=None):
            faces = np.arange(len(codes)) if faces is None else faces
            return held_out.neutral["image"][faces]

    copy = Copy(held_out, config)
    monkeypatch.setattr(
        "exprgan_tf.refinement.fit", lambda model, images, mode: copy
    )
    found, _ = metrics.evaluate(copy, held_out, trained_judges)
    assert found["intensity_spearman"] == 0
    assert found["color_drift"] == 0
    assert found["expression_accuracy_full"] == pytest.approx(1 / 3, abs=1e-3)
    assert found["error_to_true_image"] == found["error_of_unedited_input"]
    assert found["identity_rank1"] == found["identity_rank1_input"]


def test_judges_are_kept(dataset, config, tmp_path, monkeypatch):
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3))
    first = Judges.for_data(dataset, config, tmp_path, epochs=1)
    monkeypatch.delattr(judges_module, "_fit")
    again = Judges.for_data(dataset, config, tmp_path, epochs=1)
    for name in ("logits", "embeddings"):
        np.testing.assert_array_equal(
            getattr(first, name)(images), getattr(again, name)(images)
        )
    np.testing.assert_allclose(
        np.linalg.norm(first.embeddings(images), axis=1), 1, atol=1e-5
    )


def test_a_real_model_is_measured_and_figures_are_json(
    dataset, config, trained_judges
):
    held_out = metrics.HeldOut(dataset, config, "validation")
    found, _ = metrics.evaluate(
        ExprGAN(config), held_out, trained_judges, refine="none"
    )
    json.dumps(found)
    assert 0 <= found["identity_rank1"] <= 1
    assert found["error_to_true_image"] > 0
