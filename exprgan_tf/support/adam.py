"""Adam, whose update of a variable is one operation where there is one."""

import keras
from keras import ops


class Adam(keras.optimizers.Adam):
    """`keras.optimizers.Adam` without `amsgrad`; numbers differ by rounding.

    TensorFlow has a kernel that reads and writes each weight and its moments
    once, where Keras goes over them ten times: at small batches that is
    a good part of a step.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Updates one variable, as Keras asks for it."""
        if keras.backend.backend() != "tensorflow":
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf

        index = self._get_variable_index(variable)
        step = ops.cast(self.iterations + 1, variable.dtype)
        rate, beta_1, beta_2 = (
            ops.cast(value, variable.dtype)
            for value in (learning_rate, self.beta_1, self.beta_2)
        )
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=ops.power(beta_1, step),
            beta2_power=ops.power(beta_2, step),
            lr=rate, beta1=beta_1, beta2=beta_2,
            epsilon=ops.cast(self.epsilon, variable.dtype),
            grad=ops.cast(gradient, variable.dtype),
        )
