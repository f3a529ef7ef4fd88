import keras
import numpy as np
import pytest
from conftest import CLASSES, random_batch, tiny_config

from exprgan_tf import ExprGAN, fitting
from exprgan_tf.errors import UserError
from exprgan_tf.fitting import gradient_steps
from exprgan_tf.fitting.details import with_details
from exprgan_tf.fitting.gradient_steps import refined_decoder
from exprgan_tf.networks import FaceFeatures


@pytest.fixture
def images(config):
    return np.asarray(random_batch(config, count=5)["image"])


def test_shapes_ranges_and_batches(model, images):
    identity = model.encode(images, batch_size=2)
    assert identity.shape == (5, 8)
    np.testing.assert_allclose(identity, model.encode(images), atol=1e-6)
    code = model.edit_codes("sad", 0.5, 5)
    made = model.decode(identity, code, batch_size=3)
    assert made.shape == images.shape
    assert made.dtype == np.float32
    assert np.abs(made).max() <= 1
    assert model.estimate_code(images, np.array([0, 1, 2, 0, 1])).shape == (
        5, 6
    )
    np.testing.assert_array_equal(
        model.estimate_code(images, np.array([0, 1, 2, 0, 1])),
        model.estimate_code(images, np.eye(3)[[0, 1, 2, 0, 1]]),
    )


def test_edit_is_decoding_g_of_x_with_the_edits_code(model, images):
    edited = model.edit(images, "sad", 0.25, refine="none")
    code = np.full((5, 6), -1.0)
    code[:, 2:4] = -0.5
    np.testing.assert_allclose(
        edited, model.decode(model.encode(images), code), atol=1e-5
    )
    neutral = model.edit(images, "neutral", refine="none")
    np.testing.assert_allclose(
        neutral, model.edit(images, "happy", 0.0, refine="none"), atol=1e-5
    )
    each = model.edit(
        images, ["happy", "sad", "neutral", "sad", "surprise"],
        [1, 0.25, 1, 0.5, 0], refine="none",
    )
    np.testing.assert_allclose(each[1], edited[1], atol=1e-5)
    np.testing.assert_allclose(each[2], neutral[2], atol=1e-5)


@pytest.mark.parametrize("expression, intensity, message", [
    ("bored", 1, "unknown expression 'bored': the model knows happy, sad"),
    ("happy", 1.5, "between 0 and 1"), ("happy", -0.1, "between 0 and 1"),
    ("happy", float("nan"), "between 0 and 1"),
])
def test_wrong_edits(model, images, expression, intensity, message):
    with pytest.raises(UserError, match=message):
        model.edit(images, expression, intensity)


@pytest.mark.parametrize("shape", [(0, 32, 32, 3), (32, 32, 3),
                                   (2, 64, 64, 3), (2, 32, 32, 1)])
def test_images_of_another_shape_are_refused(model, shape):
    for call in (model.encode, lambda x: model.edit(x, "sad"),
                 lambda x: model.estimate_code(x, [0, 1])):
        with pytest.raises(UserError, match=r"\[n, 32, 32, 3\]"):
            call(np.zeros(shape))


def test_a_model_needs_classes():
    with pytest.raises(UserError, match="--classes"):
        ExprGAN(tiny_config(classes=()))


@pytest.mark.parametrize("preset", ["paper", "released"])
def test_saved_models_load_with_settings_and_moments(tmp_path, preset):
    model = ExprGAN(tiny_config(preset, identity_size=9))
    batch = random_batch(model.config)
    model.image_discriminator([batch["image"], batch["label"]], training=True)
    path = tmp_path / "new" / "model.keras"
    model.save(path)
    loaded = ExprGAN.load(path)
    assert loaded.config == model.config
    for old, new in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(old.value, new.value)
    assert [item.name for item in path.parent.iterdir()] == ["model.keras"]


def test_a_run_folder_loads_its_last_stage(tmp_path, config):
    with pytest.raises(UserError, match="holds no finished stage"):
        ExprGAN.load(tmp_path)
    for stage in (1, 2):
        keras.utils.set_random_seed(stage)
        model = ExprGAN(config)
        model.save(tmp_path / f"stage{stage}.keras")
    np.testing.assert_array_equal(
        ExprGAN.load(tmp_path).weights[0].value, model.weights[0].value
    )


def test_what_is_no_model_is_named(tmp_path, model):
    with pytest.raises(UserError, match="does not exist"):
        ExprGAN.load(tmp_path / "nothing")
    for name, content in (("a.keras", b"text"), ("b.txt", b"text")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=name):
            ExprGAN.load(tmp_path / name)
    FaceFeatures(((2, 2),), 8).save(tmp_path / "phi.keras")
    with pytest.raises(UserError, match="another model than ExprGAN"):
        ExprGAN.load(tmp_path / "phi.keras")
    with pytest.raises(UserError, match=r"must end in \.keras"):
        model.save(tmp_path / "model.h5")


def test_details_of_the_image_stay_where_an_edit_changes_little():
    images, shown = np.random.default_rng(0).uniform(
        -0.5, 0.5, (2, 1, 32, 32, 3)
    )
    # What is decoded as it was decoded before is the image itself.
    np.testing.assert_allclose(
        with_details(shown, shown, images), images, atol=1e-6
    )
    # A mouth that opens: decoded there, the image everywhere else.
    changed = shown.copy()
    changed[:, 20:24, 12:20] = np.where(shown[:, 20:24, 12:20] > 0, -0.9, 0.9)
    edited = with_details(changed, shown, images)
    np.testing.assert_allclose(
        edited[:, :6], images[:, :6], atol=0.02
    )
    inside = np.s_[:, 21:23, 14:18]
    assert np.abs(edited - changed)[inside].mean() < 0.5 * np.abs(
        edited - images
    )[inside].mean()


def test_detail_shows_the_image_as_it_was(model, images):
    fitted = fitting.fit(model, images, "detail")
    np.testing.assert_allclose(fitted.reconstruct(), images, atol=1e-5)
    one = fitted.decode(fitted.input_codes[1:2], np.array([1]))
    np.testing.assert_allclose(one, images[1:2], atol=1e-5)
    # It is more than what the decoder can show.
    decoded = fitting.fit(model, images, "identity").reconstruct()
    assert np.abs(decoded - images).mean() > 0.05


@pytest.mark.parametrize("mode", ["identity", "full"])
def test_refinement_comes_closer_to_the_image(model, mode, monkeypatch):
    monkeypatch.setattr(gradient_steps, "IDENTITY_STEPS", 30)
    monkeypatch.setattr(gradient_steps, "DECODER_STEPS", 30)
    monkeypatch.setattr(gradient_steps, "DECODER_RATE", 1e-3)
    config = model.config
    truth = model.decode(
        np.random.default_rng(0).uniform(-0.9, 0.9, (3, 8)),
        model.edit_codes("sad", 1.0, 3),
    )
    before = fitting.fit(model, truth, "none")
    weights = [np.array(value.value) for value in model.decoder.weights]
    after = fitting.fit(model, truth, mode)
    code = model.edit_codes("sad", 1.0, 3)

    def error(fitted):
        return np.abs(fitted.decode(code) - truth).mean()

    assert error(after) < 0.8 * error(before)
    assert np.abs(after.identities).max() <= 1
    # The model itself is as it was, and one face can be asked for.
    for old, new in zip(weights, model.decoder.weights, strict=True):
        np.testing.assert_array_equal(old, new.value)
    one = after.decode(code[:2], np.array([2, 2]))
    np.testing.assert_allclose(one[1], after.decode(code)[2], atol=1e-5)
    assert config.classes == CLASSES


def test_full_refinement_leaves_the_weights_of_the_code(model, images):
    decoder, _ = refined_decoder(
        model.decoder, images[:1], model.encode(images[:1]),
        model.edit_codes("sad", 1.0, 1),
    )
    fc_old, fc_new = (
        np.asarray(network.get_layer("fc").kernel)
        for network in (model.decoder, decoder)
    )
    np.testing.assert_array_equal(fc_old[8:], fc_new[8:])
    assert not np.array_equal(fc_old[:8], fc_new[:8])
    for index in range(4):
        old, new = (
            np.asarray(network.get_layer(f"deconv{index}").kernel)
            for network in (model.decoder, decoder)
        )
        features = model.decoder.get_layer(f"deconv{index}").channels
        np.testing.assert_array_equal(old[:, :, features:],
                                      new[:, :, features:])
        assert not np.array_equal(old, new)


def test_unknown_refinement_is_refused(model, images):
    with pytest.raises(UserError, match="--refine=more"):
        model.edit(images, "sad", refine="more")


def test_face_features_describe_themselves(tmp_path):
    phi = FaceFeatures(
        ((2, 3), (4, 5, 6)), 48, mean=(10.0, 20.0, 30.0), channel_order="bgr",
        betas=(1.0, 0.5), source="test",
    )
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3))
    phi.save(tmp_path / "phi.keras")
    loaded = keras.saving.load_model(tmp_path / "phi.keras")
    assert loaded.get_config() == phi.get_config()
    for old, new in zip(phi(images), loaded(images), strict=True):
        np.testing.assert_allclose(old, new)
    assert [feature.shape for feature in phi(images)] == [
        (2, 48, 48, 3), (2, 24, 24, 5)
    ]


def test_face_features_prepare_images_as_told():
    """A 1x1-like kernel shows what reaches the first convolution."""
    phi = FaceFeatures(((3, 3),), 4, mean=(10, 20, 30), channel_order="bgr")
    kernel = np.zeros((3, 3, 3, 3), "float32")
    kernel[1, 1] = np.eye(3)
    for layer in phi.network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([kernel, np.zeros(3)])
    images = np.arange(12, dtype="float32").reshape(1, 2, 2, 3) * 10 / 127.5 - 1
    first = np.asarray(phi(images)[0])[0]
    # Doubled by legacy bilinear sampling: new pixel i is old position i / 2.
    rgb = np.arange(12).reshape(2, 2, 3) * 10.0 - (10, 20, 30)
    np.testing.assert_allclose(
        first[0, 0], np.maximum(rgb[0, 0, ::-1], 0), atol=1e-3
    )
    np.testing.assert_allclose(
        first[0, 1], np.maximum((rgb[0, 0] + rgb[0, 1]) / 2, 0)[::-1],
        atol=1e-3,
    )
    np.testing.assert_allclose(first[0, 2], rgb[0, 1, ::-1], atol=1e-3)
    np.testing.assert_allclose(first[0, 3], rgb[0, 1, ::-1], atol=1e-3)
