"""A training step as a function of a batch."""

import keras

from exprgan_tf.support.backend import compiled


def step_function(stage, strategy=None):
    """A function from a batch to the losses of one update of a stage.

    Args:
        stage: a `Stage`.
        strategy: TensorFlow only, the `tf.distribute.Strategy` whose
            replicas share the batch; None: the current one.

    Returns:
        A function from a dict of arrays or tensors, as `Stage` describes it,
        to a dict of scalar tensors.
    """
    if keras.backend.backend() == "tensorflow":
        return _distributed(stage, strategy)
    step = compiled(stage.train_step, stage.state, stage.fixed)

    def train_step(batch):
        return step(keras.tree.map_structure(
            keras.ops.convert_to_tensor, batch
        ))

    return train_step


def _distributed(stage, strategy):
    import tensorflow as tf

    strategy = strategy or tf.distribute.get_strategy()

    @tf.function
    def train_step(batch):
        logs = strategy.run(stage.train_step, args=(batch,))
        return {
            name: strategy.reduce("MEAN", value, axis=None)
            for name, value in logs.items()
        }

    return train_step
