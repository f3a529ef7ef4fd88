"""D_img and Q, which share all but their last layers."""

import keras

from exprgan_tf.networks import layers


def build_image_discriminator(config):
    """Downsampling blocks and one layer, then the heads of D_img and Q.

    The label joins the image, the output of every block and the shared
    layer, as in the released code; the paper does not say where it enters.

    Returns:
        A model from `[image, label]`, `[n, s, s, 3]` in [-1, 1] and one-hot
        `[n, K]`, to `(logits, code, features)`: `[n, 1]`, Q's estimate of
        the expression code, `[n, K d]`, and the layer before the branches of
        Q, which feature matching compares.
    """
    size = config.image_size
    image = keras.Input((size, size, 3), name="image")
    label = keras.Input((config.num_classes,), name="label")
    x = image
    for index, filters in enumerate(config.discriminator_channels):
        inputs = x.shape[-1] + config.num_classes
        x = layers.ConditionalConv2D(
            filters, 5, strides=2, name=f"conv{index}",
            kernel_initializer=layers.conv_initializer(5, inputs, filters),
        )([x, label])
        x = layers.batch_norm(config, f"bn{index}")(x)
        x = keras.layers.Activation(
            config.discriminator_activation, name=f"activation{index}"
        )(x)
    # Behind the last block the label joins as a map, too: every pixel of
    # the flattened map has the block's channels and then the label.
    spread = keras.layers.RepeatVector(x.shape[1] * x.shape[2])(label)
    pixels = keras.layers.Reshape((-1, x.shape[-1]))(x)
    joined = keras.layers.Concatenate(name="joined")([pixels, spread])
    x = keras.layers.Flatten(name="flatten")(joined)

    x = layers.dense(config.discriminator_units, x.shape[-1], "fc1")(x)
    x = layers.batch_norm(config, "fc1_bn")(x)
    x = keras.layers.Activation("leaky_relu", name="fc1_activation")(x)
    shared = keras.layers.Concatenate(name="shared")([x, label])

    logits = layers.dense(1, shared.shape[-1], "fc2")(shared)
    code, features = _q_head(config, shared)
    return keras.Model([image, label], [logits, code, features],
                       name="image_discriminator")


def _q_head(config, shared):
    """K branches Q_i of two layers; released: one more before them.

    With `q_units` 0 a branch is a single layer, the simple Q of the released
    code.
    """
    if config.q_shared_units:
        shared = layers.dense(
            config.q_shared_units, shared.shape[-1], "q_shared"
        )(shared)
        shared = layers.batch_norm(config, "q_shared_bn")(shared)
        shared = keras.layers.Activation(
            "leaky_relu", name="q_shared_activation"
        )(shared)
    branches = []
    for index in range(config.num_classes):
        x = shared
        if config.q_units:
            x = layers.dense(config.q_units, x.shape[-1], f"q_fc{index}")(x)
            x = layers.batch_norm(config, f"q_fc_bn{index}")(x)
            x = keras.layers.Activation(
                "leaky_relu", name=f"q_activation{index}"
            )(x)
        branches.append(layers.dense(
            config.code_size, x.shape[-1], f"q_cat{index}",
            activation=config.q_output,
        )(x))
    if len(branches) == 1:
        return branches[0], shared
    return keras.layers.Concatenate(name="code")(branches), shared
