import json

import keras
import numpy as np
import pytest
import scipy.stats
from conftest import CLASSES, eagerly, random_batch, tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.data.batches.tf_data import TRAIN, load_split, training_batches
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation import augmentation
from exprgan_tf.evaluation.augmentation import augmentation_table
from exprgan_tf.training import classifier as classifier_module
from exprgan_tf.training.classifier import (
    ExpressionClassifier,
    fit_classifier,
    train_classifier,
)
from exprgan_tf.training.run_folder import RunFolder


@pytest.fixture(scope="module")
def config():
    return tiny_config(
        validation_subjects=1, learning_rates=(3e-3,) * 3,
        encoder_channels=(8, 12, 16), augmentation=0.2,
    )


@pytest.fixture(scope="module")
def trained(dataset, config):
    return fit_classifier(dataset, config, 80, None)


@pytest.fixture(scope="module")
def generator(config):
    keras.utils.set_random_seed(1)
    return ExprGAN(config)


@pytest.fixture
def poisoned(dataset):
    """The same data set, whose test split cannot be read."""
    splits = {**dataset.splits, "test": {
        "subjects": {"s4": 9, "s5": 9}, "shards": [{"file": "none"}],
    }}
    return Dataset(dataset.folder, 32, CLASSES, splits)


def test_it_is_the_encoder_and_one_layer(config):
    classifier = ExpressionClassifier(config)
    encoder = ExprGAN(config).encoder
    shapes = [weight.shape for weight in classifier.weights]
    assert shapes[:-2] == [weight.shape for weight in encoder.weights]
    assert shapes[-2:] == [(config.identity_size, 3), (3,)]


def test_it_tells_expressions_of_unseen_people(trained, dataset, config):
    right, count = trained.count_right(load_split(dataset, "test", config))
    assert count == 18
    assert right >= 14  # chance: 6


def test_answers_have_their_shapes_and_ranges(trained, config):
    images = random_batch(config, 5)["image"].numpy()
    probabilities = trained.probabilities(images, batch_size=2)
    assert probabilities.shape == (5, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(
        probabilities, trained.probabilities(images), atol=1e-5
    )
    np.testing.assert_array_equal(
        trained.predict_labels(images), probabilities.argmax(axis=1)
    )
    with pytest.raises(UserError, match=r"\[n, 32, 32, 3\]"):
        trained.predict_labels(images[:, :16])


def test_a_saved_one_says_the_same(trained, config, tmp_path):
    trained.save(tmp_path / "classifier.keras")
    images = random_batch(config, 4)["image"].numpy()
    for path in (tmp_path, tmp_path / "classifier.keras"):
        loaded = ExpressionClassifier.load(path)
        assert loaded.config == config
        np.testing.assert_array_equal(
            loaded.probabilities(images), trained.probabilities(images)
        )


def test_files_that_are_none_end_in_one_line(trained, model, tmp_path):
    with pytest.raises(UserError, match="--stage=classifier"):
        ExpressionClassifier.load(tmp_path)
    model.save(tmp_path / "other.keras")
    with pytest.raises(UserError, match="another model"):
        ExpressionClassifier.load(tmp_path / "other.keras")
    (tmp_path / "classifier.keras").write_text("damaged")
    with pytest.raises(UserError, match=r"no whole \.keras file"):
        ExpressionClassifier.load(tmp_path)
    with pytest.raises(UserError, match=r"\.keras"):
        trained.save(tmp_path / "classifier.h5")
    with pytest.raises(UserError, match="--classes"):
        ExpressionClassifier(tiny_config(classes=()))


def test_a_run_trains_it_once_and_never_reads_the_test_split(
    poisoned, config, tmp_path, capsys, eager
):
    run = RunFolder(tmp_path)
    first = train_classifier(poisoned, config, run, steps=5)
    # A third of the 27 training images are those of the held-out subject.
    assert "of 9 images right" in capsys.readouterr().out
    written = (tmp_path / "classifier.keras").stat().st_mtime_ns
    second = train_classifier(poisoned, config, run, steps=5)
    assert "already" in capsys.readouterr().out
    assert (tmp_path / "classifier.keras").stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == ["classifier.keras"]
    for old, new in zip(
        first.get_weights(), second.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)


def test_without_held_out_subjects_nothing_is_said_of_accuracy(
    poisoned, config, trained, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(classifier_module, "fit_classifier",
                        lambda *arguments: trained)
    config = config.replace(validation_subjects=0)
    train_classifier(poisoned, config, RunFolder(tmp_path), steps=2)
    assert "right" not in capsys.readouterr().out


def test_the_seed_decides_the_result(dataset, config, eager):
    images = random_batch(config)["image"].numpy()
    results = []
    for ambient, seed in ((1, 5), (2, 5), (2, 6)):
        # What was drawn before must not matter.
        keras.utils.set_random_seed(ambient)
        results.append(fit_classifier(
            dataset, config.replace(seed=seed), 4, None
        ).probabilities(images))
    np.testing.assert_allclose(results[0], results[1], atol=1e-4)
    assert np.abs(results[0] - results[2]).max() > 1e-3


def test_generated_images_join_in_proportion(
    dataset, config, tmp_path
):
    generator = ExprGAN(config)
    for weight in generator.decoder.weights:
        weight.assign(0.0 * weight)
    made = augmentation._generated(generator, [0, 30, 54], tmp_path)
    assert made[0] is None
    assert len(made[54].shards(TRAIN)) > len(made[30].shards(TRAIN))
    batches = classifier_module._mixed(
        training_batches(dataset, config, 1), dataset, made[54], config
    )
    labels = np.zeros(3)
    true = 0
    for batch in batches.take(60):
        labels += batch["label"].numpy().sum(axis=0)
        # This generator makes images of one color.
        true += (np.ptp(batch["image"][:, :, :, 0], axis=(1, 2)) > 0.1).sum()
    # 27 true training images, 54 generated ones.
    assert 0.25 < true / 360 < 0.42
    assert labels.min() / labels.max() > 0.75


@pytest.fixture(scope="module")
def table(generator, dataset):
    with eagerly():
        return augmentation_table(
            generator, dataset, counts=(0, 3000), scale=0.02, seeds=2,
            steps=4, progress=False,
        )


def test_the_table_counts_and_bounds_what_is_right(table):
    assert [row["generated"] for row in table["rows"]] == [0, 60]
    assert (table["test_images"], table["true_images"]) == (18, 27)
    for row in table["rows"]:
        assert [seed["of"] for seed in row["seeds"]] == [18, 18]
        pooled = row["pooled"]
        assert pooled["of"] == 36
        assert pooled["right"] == sum(seed["right"] for seed in row["seeds"])
        for result in (pooled, *row["seeds"]):
            interval = scipy.stats.binomtest(
                result["right"], result["of"]
            ).proportion_ci(method="wilson")
            assert result["interval"] == [interval.low, interval.high]
            assert result["accuracy"] == result["right"] / result["of"]
    assert table["samples"].shape == (4, 3, 32, 32, 3)
    assert table["samples"].dtype == np.uint8


def test_the_papers_figures_stand_beside(table):
    none, three_thousand = table["rows"]
    assert round(none["paper"]["accuracy"], 4) == 0.7778
    assert round(three_thousand["paper"]["accuracy"], 4) == 0.7847
    assert [
        round(100 * right / 144, 2)
        for right in augmentation.PAPER_RIGHT.values()
    ] == [77.78, 78.47, 81.94, 84.72, 84.72]
    assert "ten of 144" in table["remarks"][0]
    text = "\n".join(augmentation.table_lines(table))
    assert "112/144 77.8 %" in text
    del table["samples"]
    assert json.loads(json.dumps(table)) == table


def test_the_table_does_not_train_on_what_it_tests(
    generator, dataset, poisoned, config, monkeypatch, eager
):
    trained = []

    def fit(*arguments):
        trained.append(fit_classifier(*arguments))
        return trained[-1]

    def faces_of(dataset, config, part):
        return load_split(dataset, TRAIN, config)

    monkeypatch.setattr(augmentation, "fit_classifier", fit)
    settings = {"counts": (12,), "seeds": 1, "steps": 4, "progress": False}
    augmentation_table(generator, dataset, **settings)
    monkeypatch.setattr(augmentation, "_faces", faces_of)
    augmentation_table(generator, poisoned, **settings)
    for old, new in zip(
        trained[0].get_weights(), trained[1].get_weights(), strict=True
    ):
        np.testing.assert_allclose(old, new, atol=1e-4)


def test_kept_images_serve_again_and_validation_subjects_too(
    generator, poisoned, trained, tmp_path, monkeypatch
):
    monkeypatch.setattr(augmentation, "fit_classifier",
                        lambda *arguments: trained)
    settings = {"counts": (12,), "part": "validation", "folder": tmp_path}
    table = augmentation_table(generator, poisoned, **settings)
    # 400 steps suffice for so few images.
    assert table["steps"] == classifier_module.STEPS
    assert table["rows"][0]["pooled"]["of"] == 27
    assert table["rows"][0]["paper"] is None
    shard = next(tmp_path.rglob("*.tfrecord"))
    written = shard.stat().st_mtime_ns
    augmentation_table(generator, poisoned, **settings)
    assert shard.stat().st_mtime_ns == written


@pytest.mark.parametrize("change, match", [
    ({"model_type": "aae"}, "no label"),
    ({"classes": ("happy", "sad", "angry")}, "model knows"),
])
def test_models_that_do_not_fit_are_refused(dataset, config, change, match):
    model = ExprGAN(config.replace(**change))
    with pytest.raises(UserError, match=match):
        augmentation_table(model, dataset, counts=(0,))


def test_wrong_numbers_are_refused(generator, dataset):
    for wrong in ({"seeds": 0}, {"counts": ()}, {"counts": (-3,)}):
        with pytest.raises(UserError, match="seeds must be"):
            augmentation_table(generator, dataset, **wrong)
    with pytest.raises(UserError, match="held no subject out"):
        augmentation_table(
            ExprGAN(generator.config.replace(validation_subjects=0)),
            dataset, counts=(0,), part="validation",
        )
