"""Settings that make a step cheaper: what they change and what they do not."""

import collections
import csv

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import eagerly, random_batch, tiny_config, train

from exprgan_tf.data.batches.tf_data import stored_images, training_batches
from exprgan_tf.errors import UserError
from exprgan_tf.model import ExprGAN
from exprgan_tf.networks import FaceFeatures
from exprgan_tf.stages import STAGE_CLASSES
from exprgan_tf.training import feature_cache as cache_module
from exprgan_tf.training.face_features import face_features
from exprgan_tf.training.feature_cache import feature_cache
from exprgan_tf.training.run_folder import RunFolder


def make_phi(**settings):
    keras.utils.set_random_seed(4)
    return FaceFeatures(
        ((3, 3), (4, 4)), 32, betas=(0.02, 0.01), input_scale=1 / 127.5,
        **settings,
    )


@pytest.mark.parametrize("number, preset", [(1, "paper"), (3, "released")])
def test_a_step_in_bfloat16_is_nearly_that_in_float32(number, preset):
    config = tiny_config(preset)

    def step(precision):
        keras.utils.set_random_seed(3)
        model = ExprGAN(config, precision)
        stage = STAGE_CLASSES[number](
            model, 10, make_phi(precision=precision),
            lambda _: keras.optimizers.SGD(0.05),
        )
        before = [np.asarray(weight) for weight in model.trainable_weights]
        logs = stage.train_step(random_batch(config))
        assert {value.dtype for value in logs.values()} == {tf.float32}
        return logs, np.concatenate([
            np.ravel(new.value - old)
            for new, old in zip(model.trainable_weights, before, strict=True)
        ])

    logs, change = step("float32")
    other_logs, other_change = step("bfloat16")
    assert {name: float(value) for name, value in other_logs.items()} == (
        pytest.approx({name: float(value) for name, value in logs.items()},
                      rel=0.02, abs=1e-4)
    )
    assert not np.array_equal(change, other_change)
    likeness = np.dot(change, other_change) / (
        np.linalg.norm(change) * np.linalg.norm(other_change)
    )
    # Processors without bfloat16 round in more places.
    assert likeness > 0.98


def test_in_bfloat16_weights_outputs_and_statistics_are_float32(tmp_path):
    config = tiny_config("released", image_size=64)
    model = ExprGAN(config, "bfloat16")
    for network, layers in ((model.encoder, 4), (model.decoder, 5)):
        computed = [
            layer.compute_dtype for layer in network.layers if layer.weights
        ]
        assert computed == ["bfloat16"] * (layers - 1) + ["float32"]
    assert {weight.dtype for weight in model.weights} == {"float32"}
    batch = random_batch(config)
    identity = model.encoder(batch["image"])
    code = tf.zeros((6, config.code_length))
    made = model.decoder([identity, code])
    features = make_phi(precision="bfloat16")(batch["image"])
    assert {output.dtype for output in (identity, made, *features)} == {
        tf.float32
    }

    # What is saved is the model that float32 makes.
    model.save(tmp_path / "model.keras")
    loaded = ExprGAN.load(tmp_path / "model.keras")
    exact = ExprGAN(config)
    exact.set_weights(model.get_weights())
    np.testing.assert_array_equal(
        loaded(batch["image"], code), exact(batch["image"], code)
    )
    assert np.any(loaded(batch["image"], code) != model(batch["image"], code))
    assert {layer.compute_dtype for layer in loaded._flatten_layers()} == {
        "float32"
    }


def test_the_fast_settings_train_nearly_alike(data_dir, tmp_path):
    config = tiny_config(
        data_dir=str(data_dir), validation_subjects=1, epochs=(1, 1, 1),
        learning_rates=(1e-5,) * 3, final_learning_rates=(1e-5,) * 3,
    )
    with eagerly():
        plain = _losses(config, tmp_path / "plain")
    fast = _losses(config.replace(
        cache_face_features=True, mixed_precision="bfloat16"
    ), tmp_path / "fast")
    assert fast != plain
    assert fast == pytest.approx(plain, rel=0.03)
    assert ExprGAN.load(tmp_path / "fast").edit(
        np.zeros((1, 32, 32, 3), "float32"), "happy"
    ).dtype == np.float32


def test_phi_works_at_the_size_that_is_asked_for(
    data_dir, dataset, tmp_path, eager
):
    run = RunFolder(tmp_path)
    config = tiny_config(data_dir=str(data_dir))
    own = face_features(dataset, config, run)
    large = face_features(
        dataset, config.replace(face_feature_size=64), run
    )
    images = random_batch(config)["image"]
    assert [shape[0] for shape in own.feature_shapes] == [32, 16, 8, 4]
    assert [map_.shape[1] for map_ in large(images)] == [64, 32, 16, 8]
    assert large.betas == own.betas
    for old, new in zip(own.get_weights(), large.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_cached_features_are_those_of_the_batch(data_dir, dataset, tmp_path):
    config = tiny_config(data_dir=str(data_dir), validation_subjects=1)
    phi = make_phi()
    cache = feature_cache(dataset, config, phi, RunFolder(tmp_path))
    mirrored = set()
    for batch in training_batches(dataset, config, 2, 3, 6, cache):
        mirrored |= {int(row) % 2 for row in batch["row"]}
        for cached, exact in zip(
            batch["face_features"], phi(batch["image"]), strict=True
        ):
            assert cached.dtype == tf.float16
            np.testing.assert_allclose(cached, exact, atol=2e-3, rtol=1e-3)
    assert mirrored == {0, 1}
    stored = list(stored_images(dataset, config, 0, 1))
    assert len(stored) * 2 == len(cache._rows)


def test_a_cache_that_was_not_finished_is_finished(
    data_dir, dataset, tmp_path, monkeypatch
):
    config = tiny_config(data_dir=str(data_dir))
    whole = feature_cache(dataset, config, make_phi(), RunFolder(tmp_path))
    expected = whole.path.read_bytes()

    killed = tmp_path / "killed"
    killed.mkdir()
    made = cache_module._rows
    with monkeypatch.context() as patch:
        calls = []

        def dying(phi, images):
            calls.append(1)
            if len(calls) > 2:
                raise KeyboardInterrupt
            return made(phi, images)

        patch.setattr(cache_module, "_rows", dying)
        with pytest.raises(KeyboardInterrupt):
            feature_cache(dataset, config, make_phi(), RunFolder(killed))
    (partial,) = (killed / "face_features").iterdir()
    assert partial.name.startswith(".partial.")
    with partial.open("ab") as file:
        file.write(b"half a row")
    images = []
    monkeypatch.setattr(
        cache_module, "_rows",
        lambda phi, batch: images.append(len(batch)) or made(phi, batch),
    )
    again = feature_cache(dataset, config, make_phi(), RunFolder(killed))
    assert sum(images) == 36 - 16
    assert again.path.name == whole.path.name
    assert again.path.read_bytes() == expected
    assert list(again.path.parent.iterdir()) == [again.path]


def test_a_cache_of_another_phi_is_not_used(data_dir, dataset, tmp_path):
    config = tiny_config(data_dir=str(data_dir))
    run = RunFolder(tmp_path)
    first = feature_cache(dataset, config, make_phi(), run).path
    changed = make_phi()
    changed.set_weights([2 * weight for weight in changed.get_weights()])
    names = {first.name}
    for phi, other in (
        (changed, config),
        (FaceFeatures(((3, 3), (4, 4)), 64), config),
        (make_phi(), config.replace(pixel_normalization="min_max")),
        (make_phi(), config.replace(mixed_precision="bfloat16")),
    ):
        path = feature_cache(dataset, other, phi, run).path
        names.add(path.name)
        assert list(path.parent.iterdir()) == [path]
    assert len(names) == 5


def test_a_cache_is_refused_where_it_cannot_be(
    data_dir, dataset, tmp_path, monkeypatch
):
    config = tiny_config(cache_face_features=True)
    for changes in (
        {"augmentation": 0.1}, {"face_features": "none"},
        {"model_type": "caae"},
    ):
        with pytest.raises(UserError, match="--cache_face_features=True: need"):
            config.replace(**changes)
    with pytest.raises(UserError, match="--face_feature_size=16: must"):
        config.replace(face_feature_size=16)

    config = config.replace(data_dir=str(data_dir))
    huge = make_phi()
    huge.set_weights([1e3 * weight for weight in huge.get_weights()])
    with pytest.raises(UserError, match="too large for 16 bits"):
        feature_cache(dataset, config, huge, RunFolder(tmp_path))
    monkeypatch.setattr(
        cache_module.shutil, "disk_usage",
        lambda path: collections.namedtuple("usage", "free")(5 << 20),
    )
    with pytest.raises(UserError, match=r"has 5\.2 MB free, 1074\.\d MB are"):
        feature_cache(dataset, config, make_phi(), RunFolder(tmp_path))


def _losses(config, run_dir):
    train(config, (2,), run_dir, init_from="scratch")
    (row,) = csv.DictReader((run_dir / "stage2_losses.csv").open())
    return {name: float(value) for name, value in row.items()}
