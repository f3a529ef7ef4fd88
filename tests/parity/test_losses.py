"""Every loss term, in training and at inference."""

import pytest
import tensorflow as tf

from exprgan_tf import losses

from .parity_set import LOSSES
from .test_networks import discriminator_outputs

SCALAR = 4e-5
STAGE_LOSSES = [*LOSSES, *(f"conv{block}_2_loss" for block in range(1, 6))]


@pytest.mark.parametrize("name", STAGE_LOSSES)
def test_loss_in_training(parity, losses_and_objectives, name):
    found, _ = losses_and_objectives

    expected = float(parity[f"joint/train/loss/{name}"])
    assert found[name] == pytest.approx(expected, rel=SCALAR)


def test_no_loss_of_the_set_is_left_out(parity):
    assert set(STAGE_LOSSES) == set(parity.under("joint/train/loss/"))


def test_losses_of_the_controller(parity, recorded):
    logs = recorded("controller").logs

    for name, expected in parity.under("controller/train/loss/").items():
        assert logs[LOSSES[name]] == pytest.approx(
            float(expected), rel=SCALAR
        )


@pytest.mark.parametrize("graph, made", [
    ("joint", "joint/out/G"), ("controller", "controller/out/G"),
])
def test_losses_at_inference(parity, model, graph, made):
    outputs = discriminator_outputs(
        parity, model, parity[made], training=False
    )
    fake, code = outputs["D_G_logits"], outputs["D_cont_G"]
    code = tf.reshape(tf.transpose(code, (1, 0, 2)), parity["in/rb"].shape)
    config = model.config
    found = {
        "D_img_loss_input":
            losses.discriminator_real(outputs["D_input_logits"]),
        "D_img_loss_G": losses.discriminator_fake(fake),
        "G_img_loss": losses.adversarial(fake, config.adversarial_loss),
        "D_cont_loss_fake": losses.code_regression(
            code, parity["in/rb"], config.code_size, config.q_loss
        ),
    }
    if graph == "joint":
        prior, face = (
            model.latent_discriminator(tf.constant(parity[key]))
            for key in ("in/z_prior", "joint/out/z")
        )
        found.update({
            "D_z_loss_prior": losses.discriminator_real(prior),
            "D_z_loss_z": losses.discriminator_fake(face),
            "E_z_loss": losses.adversarial(face, config.adversarial_loss),
            "fm_loss": losses.feature_matching(
                outputs["D_G_feats"], outputs["D_input_feats"]
            ),
        })

    for name, value in found.items():
        expected = float(parity[f"{graph}/eval/loss/{name}"])
        assert float(value) == pytest.approx(expected, rel=SCALAR), name
