"""G_motion: how a photograph of a face changes for an asked expression.

It paints no face. It sees an aligned one and the asked intensities, and says
where each pixel comes from, how much brighter it becomes, and what is new.
`composing.compose` makes the picture of that, at any resolution.
"""

import keras
import numpy as np
from keras import ops

from exprgan_tf.networks.motion_fields import MeanMotion, RatioModes

# Displacements are shares of the picture's side; beside the mean motion the
# network may move a pixel by as much.
MOST_MOVED = 0.12
# And change its brightness by as much, as the logarithm of the ratio.
MOST_LOG_RATIO = 0.6
# Shown to the last layer, so that displacements are about 1.
_BASE_SCALE = (20.0, 20.0, 1.0, 5.0)
# The mask begins nearly empty: most of a face is moved, and not painted.
_MASK_BIAS = -3.0
_GROUP = 8
# What the data gives, the mean motion and the modes of the ratio, are fields of
# half the picture's side.
MOTION_STRIDE = 2
# Where light comes from is read from brightness at so many places a side, and
# from so many channels of the deepest map, by so many units.
_LIGHT_SIDE, _LIGHT_CHANNELS, _LIGHT_UNITS = 32, 16, 256
_DARKEST = 0.05
_WEIGHTS_LAYER = "ratio_weights"


@keras.saving.register_keras_serializable("exprgan_tf")
class ModulatedNorm(keras.layers.Layer):
    """Group normalization whose scale and offset may be the code's (FiLM).

    Normalization, scale and modulation are one product and one sum a pixel;
    what they are made of is as small as a vector an image.

    Called with maps `[n, h, w, c]`, or with `[maps, modulation]`, the second
    `[n, 2 c]`: what is added to the scale, and to the offset.

    Args:
        channels: of a group.
    """

    def __init__(self, channels=_GROUP, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.channels, self.epsilon = channels, epsilon

    def build(self, input_shape):
        if isinstance(input_shape[0], (list, tuple)):
            input_shape = input_shape[0]
        width = input_shape[-1]
        if width % self.channels:
            raise ValueError(f"{width} channels are no groups of "
                             f"{self.channels}")
        self.gamma = self.add_weight(
            name="gamma", shape=(width,), initializer="ones"
        )
        self.beta = self.add_weight(
            name="beta", shape=(width,), initializer="zeros"
        )

    def call(self, inputs):
        maps, modulation = inputs, None
        if isinstance(inputs, (list, tuple)):
            maps, modulation = inputs
        width = maps.shape[-1]
        groups = width // self.channels
        wide = ops.cast(maps, "float32")
        mean = ops.mean(wide, axis=(1, 2))
        square = ops.mean(ops.square(wide), axis=(1, 2))
        mean, square = (
            ops.mean(ops.reshape(part, (-1, groups, self.channels)), axis=2)
            for part in (mean, square)
        )
        inverse = ops.rsqrt(
            ops.maximum(square - ops.square(mean), 0.0) + self.epsilon
        )
        mean, inverse = (
            ops.repeat(part, self.channels, axis=1) for part in (mean, inverse)
        )
        scale = inverse * ops.cast(self.gamma, "float32")
        offset = ops.cast(self.beta, "float32") - mean * scale
        if modulation is not None:
            more, shift = ops.split(ops.cast(modulation, "float32"), 2, axis=1)
            scale = scale * (1.0 + more)
            offset = offset * (1.0 + more) + shift
        scale, offset = (
            ops.cast(part, maps.dtype)[:, None, None, :]
            for part in (scale, offset)
        )
        return maps * scale + offset

    def compute_output_shape(self, input_shape):
        if isinstance(input_shape[0], (list, tuple)):
            return tuple(input_shape[0])
        return tuple(input_shape)

    def get_config(self):
        return {
            **super().get_config(), "channels": self.channels,
            "epsilon": self.epsilon,
        }


def build_motion_network(image_size, classes, channels, code_units, modes):
    """A U-Net from a face and intensities to how the face changes.

    Args:
        image_size: s, side of the faces, a multiple of 16.
        classes: K.
        channels: of the maps, from half the face's side to an eighth of it
            and less; multiples of 8.
        code_units: of the layers that read the intensities.
        modes: of the ratio of an expression, see `RatioModes`.

    Returns:
        A model from `[image, intensities]`, `[n, s, s, 3]` in [-1, 1] and
        `[n, K]` in [0, 1], all 0 for neutral, to a dict of float32 maps:
        "displacement" `[n, s/2, s/2, 2]`, shares of the picture's side (what
        is shown at p was at p + displacement), "log_ratio" and
        "mask_logits" `[n, s, s, 1]`, "colours" `[n, s, s, 3]` in [-1, 1].
    """
    image = keras.Input((image_size, image_size, 3), name="image")
    intensities = keras.Input((classes,), name="intensities")
    code = intensities
    for index in range(2):
        code = keras.layers.Dense(
            code_units, activation="silu", name=f"code{index}"
        )(code)
    x, kept = _unshuffled(image), []
    for index, width in enumerate(channels):
        x = _block(x, width, f"down{index}", strides=2 if index else 1)
        kept.append(x)
    ratio_weights = _ratio_weights(image, x, classes * modes)
    x = _block(x, channels[-1], "middle", code=code)
    for index in reversed(range(len(channels) - 1)):
        x = keras.layers.UpSampling2D(2, name=f"larger{index}")(x)
        x = keras.layers.Concatenate(name=f"joined{index}")([x, kept[index]])
        x = _block(x, channels[index], f"up{index}", code=code)
    side = image_size // MOTION_STRIDE
    base = MeanMotion(
        classes, side, name="mean_motion", dtype="float32",
    )(intensities)
    mean_moved, _, mean_ratio = ops.split(base, [2, 3], axis=-1)
    light = mean_ratio + RatioModes(
        classes, modes, side, name="ratio_modes", dtype="float32",
    )([intensities, ratio_weights])
    x = keras.layers.Concatenate(name="with_base")([
        # A tensor would be an input of an exported graph.
        x, base * np.array(_BASE_SCALE, "float32")
    ])
    x = _block(x, channels[0], "last", code=code)
    moved = _head(x, 2, "moved", 1e-3)
    # The gradient of a split is one concatenation; slices cost a seventh of
    # a step.
    displacement = mean_moved + MOST_MOVED * ops.tanh(moved)
    colours, mask, ratio = ops.split(
        _shuffled(_head(x, 4 * 5, "fine", 1e-2)), [3, 4], axis=-1
    )
    return keras.Model([image, intensities], {
        "displacement": displacement,
        "log_ratio": keras.layers.UpSampling2D(
            MOTION_STRIDE, interpolation="bilinear", dtype="float32",
            name="larger_light",
        )(light) + MOST_LOG_RATIO * ops.tanh(ratio),
        "mask_logits": mask + _MASK_BIAS,
        "colours": ops.tanh(colours),
    }, name="motion")


def halves(network):
    """The network of `build_motion_network` as two, of the same weights.

    Returns:
        `(see, move)`: a model from the image to a list of what it sees, maps
        and the weights of the ratio's modes, and one from a list of those and
        the intensities to what the network says.
    """
    image, intensities = network.inputs
    seen = [
        layer.output for layer in network.layers
        if layer.name.startswith("down") and layer.name.endswith("_act")
    ]
    seen.append(network.get_layer(_WEIGHTS_LAYER).output)
    return (
        keras.Model(image, seen, name="see"),
        keras.Model(
            [*seen, intensities], network.output, name="move"
        ),
    )


def _ratio_weights(image, deepest, count):
    """`[n, count]`, of face and light alone.

    A fold is dark where light does not reach, and light is the same in the
    whole face: a convolution that sees a part of it learns this slowly.
    """
    level = ops.mean(0.5 + 0.5 * ops.cast(image, "float32"), -1, keepdims=True)
    stride = max(image.shape[1] // _LIGHT_SIDE, 1)
    level = ops.log(ops.average_pool(level, stride, stride) + _DARKEST)
    level = level - ops.mean(level, axis=(1, 2), keepdims=True)
    deepest = keras.layers.Conv2D(
        _LIGHT_CHANNELS, 1, activation="silu", name="light_conv"
    )(deepest)
    x = keras.layers.Concatenate(name="light_seen")([
        keras.layers.Flatten(name=f"light_flat{index}")(part)
        for index, part in enumerate((level, deepest))
    ])
    x = keras.layers.Dense(_LIGHT_UNITS, activation="silu", name="light")(x)
    return keras.layers.Dense(
        count, name=_WEIGHTS_LAYER, dtype="float32",
        kernel_initializer=keras.initializers.RandomNormal(stddev=1e-2),
    )(x)


def _block(x, width, name, strides=1, code=None):
    x = keras.layers.Conv2D(
        width, 3, strides=strides, padding="same", use_bias=False,
        kernel_initializer="he_normal", name=f"{name}_conv",
    )(x)
    norm = ModulatedNorm(name=f"{name}_norm")
    if code is None:
        x = norm(x)
    else:
        x = norm([x, keras.layers.Dense(
            2 * width, name=f"{name}_code",
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
        )(code)])
    return keras.layers.Activation("leaky_relu", name=f"{name}_act")(x)


def _head(x, width, name, deviation):
    x = keras.layers.Conv2D(
        width, 3, padding="same", name=name,
        kernel_initializer=keras.initializers.RandomNormal(stddev=deviation),
    )(x)
    return ops.cast(x, "float32")


def _unshuffled(image):
    """`[n, s, s, 3]` as `[n, s/2, s/2, 12]`."""
    side = image.shape[1] // 2
    x = ops.reshape(image, (-1, side, 2, side, 2, 3))
    return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)),
                       (-1, side, side, 12))


def _shuffled(x):
    """`[n, s, s, 4 k]` as `[n, 2 s, 2 s, k]`."""
    side, width = x.shape[1], x.shape[3] // 4
    x = ops.reshape(x, (-1, side, side, 2, 2, width))
    return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)),
                       (-1, 2 * side, 2 * side, width))
