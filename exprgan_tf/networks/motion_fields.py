"""Fields of the motion network that data gives and no step trains."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("exprgan_tf")
class MeanMotion(keras.layers.Layer):
    """The mean motion of each expression, scaled by its intensity.

    It is no trained weight: `set_fields` gives what the data has. What the
    network adds to it is small, which is why it learns from the first step.

    Called with `[n, K]` in [0, 1]; returns `[n, side, side, 4]`:
    displacement in shares of the picture's side (x, y), mask, and the
    logarithm of the ratio.

    Args:
        classes: K.
        side: of the fields.
    """

    def __init__(self, classes, side, **kwargs):
        super().__init__(**kwargs)
        self.classes, self.side = classes, side

    def build(self, input_shape):
        self.fields = self.add_weight(
            name="fields", shape=(self.classes, self.side**2 * 4),
            initializer="zeros", trainable=False,
        )

    def set_fields(self, fields):
        """Takes float `[K, side, side, 4]`."""
        self.fields.assign(np.reshape(fields, self.fields.shape))

    def call(self, intensities):
        fields = ops.matmul(intensities, self.fields)
        return ops.reshape(fields, (-1, self.side, self.side, 4))

    def get_config(self):
        return {
            **super().get_config(), "classes": self.classes,
            "side": self.side,
        }


@keras.saving.register_keras_serializable("exprgan_tf")
class RatioModes(keras.layers.Layer):
    """How the ratio of an expression differs from face to face.

    Its principal components beside the mean, as light and shape of faces vary
    them. A network that has to say a few numbers learns folds from few faces;
    `set_fields` gives the components of the data.

    Called with intensities `[n, K]` in [0, 1] and weights `[n, K m]`, about 1;
    returns `[n, side, side, 1]`, to be added to the mean logarithm of the
    ratio.

    Args:
        classes: K.
        modes: m, of each expression.
        side: of the fields.
    """

    def __init__(self, classes, modes, side, **kwargs):
        super().__init__(**kwargs)
        self.classes, self.modes, self.side = classes, modes, side

    def build(self, input_shape):
        self.fields = self.add_weight(
            name="fields", shape=(self.classes * self.modes, self.side**2),
            initializer="zeros", trainable=False,
        )

    def set_fields(self, fields):
        """Takes float `[K, m, side, side]`."""
        self.fields.assign(np.reshape(fields, self.fields.shape))

    def call(self, inputs):
        intensities, weights = inputs
        weights = weights * ops.repeat(intensities, self.modes, axis=1)
        return ops.reshape(
            ops.matmul(weights, self.fields), (-1, self.side, self.side, 1)
        )

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], self.side, self.side, 1)

    def get_config(self):
        return {
            **super().get_config(), "classes": self.classes,
            "modes": self.modes, "side": self.side,
        }
