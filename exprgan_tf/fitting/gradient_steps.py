"""Gradient steps on one photograph: of its identity code, of the decoder."""

import keras
import numpy as np
from keras import ops

from exprgan_tf.networks.layers import ConditionalConv2D
from exprgan_tf.support.backend import compiled, gradients

IDENTITY_STEPS, IDENTITY_RATE = 100, 0.05
DECODER_STEPS, DECODER_RATE = 100, 2e-5


class IdentityRefiner:
    """Finds identity codes with which a decoder comes closer to images.

    It is made once for a number of images: compiling its step takes longer
    than fitting to a photograph.

    Args:
        decoder: a decoder.
        count: the number of images.
    """

    def __init__(self, decoder, count):
        size = decoder.input_shape[0][-1]
        self._free = keras.Variable(np.zeros((count, size), "float32"))
        optimizer = _optimizer(IDENTITY_RATE, [self._free])
        self._optimizer_start = [
            (variable, ops.convert_to_numpy(variable.value).copy())
            for variable in optimizer.variables
        ]

        def step(images, input_codes):
            _, made = gradients(
                lambda: _error(decoder, self._free, images, input_codes),
                {"error": [self._free]}, decoder.variables,
            )
            optimizer.apply(made["error"], [self._free])
            return {}

        self._step = compiled(
            step, [self._free, *optimizer.variables], decoder.variables
        )

    def __call__(self, images, identities, input_codes):
        """Codes `[count, identity_size]` that start from others."""
        self._free.assign(_atanh(identities))
        for variable, value in self._optimizer_start:
            variable.assign(value)
        images, input_codes = map(
            ops.convert_to_tensor, (images, input_codes)
        )
        for _ in range(IDENTITY_STEPS):
            self._step(images, input_codes)
        return _bounded(self._free)


def refined_decoder(decoder, image, identity, input_code):
    """A copy of the decoder, and an identity code, fitted to one face.

    What the decoder does with expression codes stays as it is: the gradient
    of those weights is left out. Otherwise the copy would learn to show the
    input whatever the code.
    """
    copy = keras.models.clone_model(decoder)
    copy.set_weights(decoder.get_weights())
    free = _unbounded(identity)
    identity_optimizer = _optimizer(IDENTITY_RATE, [free])
    optimizer = _optimizer(DECODER_RATE, copy.trainable_variables)
    masks = _feature_weights(copy, identity.shape[1])

    def step():
        _, made = gradients(
            lambda: _error(copy, free, image, input_code),
            {"error": [free, *copy.trainable_variables]},
            copy.non_trainable_variables,
        )
        free_gradient, *others = made["error"]
        identity_optimizer.apply([free_gradient], [free])
        optimizer.apply(
            [ops.multiply(gradient, mask) for gradient, mask in
             zip(others, masks, strict=True)],
            copy.trainable_variables,
        )
        return {}

    step = compiled(step, [
        free, *copy.variables, *identity_optimizer.variables,
        *optimizer.variables,
    ])
    for _ in range(DECODER_STEPS):
        step()
    return copy, _bounded(free)


def _feature_weights(decoder, identity_size):
    """A mask for each weight of a decoder: 0 where it meets the code."""
    masks = []
    for layer in decoder.layers:
        for weight in layer.trainable_variables:
            mask = np.ones(weight.shape, "float32")
            if isinstance(layer, ConditionalConv2D):
                mask[:, :, layer.channels :] = 0.0
            elif layer.name == "fc" and mask.ndim == 2:
                mask[identity_size:] = 0.0
            masks.append(mask)
    return masks


def _error(decoder, free, images, input_codes):
    """Summed over images, so that each is fitted as if alone (Eq. 6).

    In the form that `gradients` asks for.
    """
    made = decoder([ops.tanh(free.value), ops.convert_to_tensor(input_codes)])
    difference = ops.abs(ops.subtract(made, images))
    return {}, {"error": ops.sum(ops.mean(difference, axis=(1, 2, 3)))}


def _unbounded(identities):
    """A variable whose tanh is the codes: it cannot leave their range."""
    return keras.Variable(_atanh(identities))


def _atanh(identities):
    return np.arctanh(np.clip(identities, -0.999, 0.999))


def _bounded(free):
    return np.tanh(ops.convert_to_numpy(free.value))


def _optimizer(rate, variables):
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(variables)
    return optimizer
