"""D_z: tells identity codes of faces from the uniform prior."""

import keras

from exprgan_tf.networks import layers


def build_latent_discriminator(config):
    """Fully connected layers with batch normalization, then one logit.

    Returns:
        A model from identity codes `[n, identity_size]` to logits `[n, 1]`.
    """
    identity = keras.Input((config.identity_size,), name="identity")
    x = identity
    for index, units in enumerate(config.latent_discriminator_units):
        x = layers.dense(units, x.shape[-1], f"fc{index}")(x)
        x = layers.batch_norm(config, f"bn{index}")(x)
        x = keras.layers.Activation(
            config.discriminator_activation, name=f"activation{index}"
        )(x)
    last = len(config.latent_discriminator_units)
    logits = layers.dense(1, x.shape[-1], f"fc{last}")(x)
    return keras.Model(identity, logits, name="latent_discriminator")
