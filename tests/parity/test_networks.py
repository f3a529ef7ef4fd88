"""G_enc, G_dec, D_z, D_img and Q give the numbers of the authors' graphs.

Tolerances are those that an independent implementation reaches; batch
statistics of few samples amplify rounding in what D_img says of made images.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from exprgan_tf.conversion import authors_checkpoint

from .parity_set import relative_difference

FORWARD, MADE_IN_TRAINING = 1e-5, 9e-4


def discriminator_outputs(parity, model, made, training, features=None):
    """The authors' names of what D_img and Q say, and what ours say."""
    network = model.image_discriminator
    if features:
        network = keras.Model(network.inputs, [
            *network.outputs[:2], network.get_layer(features).output
        ])
    outputs = {}
    for name, images in (("G", made), ("input", parity["in/image"])):
        logits, code, feature = network(
            [tf.constant(images), tf.constant(parity["in/emo"])],
            training=training,
        )
        count, classes = parity["in/emo"].shape
        blocks = np.reshape(code, (count, classes, -1))
        outputs.update({
            f"D_{name}_logits": logits,
            f"D_{name}": tf.sigmoid(logits),
            f"D_{name}_feats": feature,
            f"D_cont_{name}": blocks.transpose(1, 0, 2),
        })
    return outputs


def compare(outputs, expected, training):
    assert set(outputs) == set(expected)
    for name, value in outputs.items():
        of_made = name.endswith("_G") or name.startswith("D_G")
        limit = MADE_IN_TRAINING if training and of_made else FORWARD
        assert relative_difference(value, expected[name]) < limit, name


def test_encoder(parity, model):
    found = model.encode(parity["in/image"])

    assert relative_difference(found, parity["joint/out/z"]) < FORWARD


def test_decoder_on_identity_codes(parity, model):
    found = model.decode(parity["joint/out/z"], parity["in/rb"])

    assert relative_difference(found, parity["joint/out/G"]) < FORWARD


def test_decoder_on_the_prior(parity, model):
    found = model.decode(parity["in/z_prior"], parity["in/rb"])

    assert relative_difference(found, parity["controller/out/G"]) < FORWARD


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_discriminators_and_q(parity, model, mode):
    training = mode == "train"
    outputs = discriminator_outputs(
        parity, model, parity["joint/out/G"], training
    )
    for name, code in (("D_z", "joint/out/z"), ("D_z_prior", "in/z_prior")):
        logits = model.latent_discriminator(
            tf.constant(parity[code]), training=training
        )
        outputs[f"{name}_logits"] = logits
        outputs[name] = tf.sigmoid(logits)

    compare(outputs, parity.under(f"joint/{mode}/out/"), training)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_image_discriminator_of_the_controller(parity, model, mode):
    training = mode == "train"
    outputs = discriminator_outputs(
        parity, model, parity["controller/out/G"], training,
        features="fc1_activation",
    )

    compare(outputs, parity.under(f"controller/{mode}/out/"), training)


def test_simple_q(parity):
    variables = {
        name: value for name, value in parity.variables.items()
        if name.startswith(("G_", "D_img_"))
        and not name.startswith(("D_img_q_fc", "D_img_q_cat"))
    }
    variables.update(parity.under("var_simple_q/"))
    model, _ = authors_checkpoint.import_checkpoint(variables, parity.classes)

    outputs = discriminator_outputs(
        parity, model, parity["controller/out/G"], training=True
    )

    expected = parity["controller_simple_q/train/out/D_cont_G"]
    assert relative_difference(
        outputs["D_cont_G"], expected
    ) < MADE_IN_TRAINING


def test_identity_codes_and_sizes_are_those_of_the_set(parity, model):
    config = model.config

    assert config.image_size == parity["meta/size_image"]
    assert config.num_classes == parity["meta/y_dim"]
    assert config.code_size == parity["meta/rb_dim"]
    assert config.identity_size == parity["meta/z_dim"]
    assert config.encoder_channels[0] == parity["meta/num_encoder_channels"]
    assert config.decoder_channels[0] == parity["meta/num_gen_channels"]
    assert config.discriminator_channels == tuple(
        parity["meta/d_img_channels"]
    )
    assert config.latent_discriminator_units == tuple(
        parity["meta/d_z_channels"]
    )
