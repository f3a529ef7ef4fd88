"""CGAN, AAE, CAAE and ExprGAN without stages."""

import numpy as np
import pytest
import tensorflow as tf
from conftest import random_batch, tiny_config, train
from test_stages import make_model, make_phi, sgd, weights_of

from exprgan_tf import ExprGAN, codes, losses
from exprgan_tf.baselines import stage_classes
from exprgan_tf.errors import UserError

NETWORKS = {
    "exprgan_joint": {"encoder", "decoder", "image_discriminator",
                      "latent_discriminator"},
    "caae": {"encoder", "decoder", "image_discriminator",
             "latent_discriminator"},
    "aae": {"encoder", "decoder", "latent_discriminator"},
    "cgan": {"decoder", "image_discriminator"},
}


@pytest.mark.parametrize("model_type", NETWORKS)
def test_a_baseline_trains_its_networks_only(model_type):
    config = tiny_config(model_type=model_type)
    model = make_model(config)
    phi = make_phi() if model_type == "exprgan_joint" else None
    (_, stage_class), = stage_classes(model_type).items()
    before = {
        name: weights_of(getattr(model, name))
        for name in NETWORKS["caae"]
    }

    logs = stage_class(model, 4, phi).train_step(random_batch(config))

    assert all(np.isfinite(float(value)) for value in logs.values())
    changed = {
        name for name, old in before.items()
        if any(
            np.any(a != b) for a, b in zip(
                old, weights_of(getattr(model, name)), strict=True
            )
        )
    }
    assert changed == NETWORKS[model_type]


def test_caae_is_eq_6_8_and_9_with_the_label_as_code():
    config = tiny_config(
        model_type="caae", lambda_adversarial_latent=0.3, lambda_tv=0.2,
        lambda_adversarial_image=(1.0, 0.0, 0.4),
    )
    model, batch = make_model(config), random_batch(config)
    stage = stage_classes("caae")[3](model, 4, make_optimizer=sgd)

    _, objectives = stage.compute_losses(batch)

    code = codes.label_code(batch["label"], config.code_size)
    z = model.encoder(batch["source"])
    made = model.decoder([z, code])
    fake = model.image_discriminator([made, batch["label"]], training=True)[0]
    face = model.latent_discriminator(z, training=True)
    expected = (
        tf.reduce_mean(tf.abs(made - batch["image"]))
        - 0.4 * tf.reduce_mean(tf.nn.softplus(fake))
        - 0.3 * tf.reduce_mean(tf.nn.softplus(face))
        + 0.2 * losses.total_variation(made)
    )
    assert float(objectives["generator"]) == pytest.approx(float(expected))


def test_label_code_is_the_code_of_a_full_edit():
    label = np.eye(3, dtype="float32")

    np.testing.assert_array_equal(
        codes.label_code(label, 2), codes.edit_code([0, 1, 2], [1.0] * 3, 3, 2)
    )


def test_a_baseline_is_one_run_of_one_stage(data_dir, tmp_path, eager):
    config = tiny_config(
        data_dir=str(data_dir), model_type="caae", epochs=(1, 1, 1),
        batch_sizes=(12, 12, 12),
    )

    train(config, None, tmp_path / "run")

    assert not (tmp_path / "run" / "stage1.keras").exists()
    model = ExprGAN.load(tmp_path / "run")
    image = np.zeros((1, 32, 32, 3), "float32")
    assert model.edit(image, "sad", 0.5).shape == image.shape
    with pytest.raises(UserError, match="--stage=1: --model_type=caae"):
        train(config, (1,), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_what_a_baseline_cannot_do():
    image = np.zeros((1, 32, 32, 3), "float32")
    with pytest.raises(UserError, match="no encoder"):
        ExprGAN(tiny_config(model_type="cgan")).edit(image, "sad")
    aae = ExprGAN(tiny_config(model_type="aae"))
    np.testing.assert_array_equal(
        aae.edit(image, "sad", refine="none"),
        aae.edit(image, "happy", refine="none"),
    )
