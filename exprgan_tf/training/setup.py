"""What every run does first."""

import contextlib

import keras

from exprgan_tf.errors import UserError


def seeded(config):
    """Makes the weights that are drawn next those of the run's seed."""
    keras.utils.set_random_seed(config.seed)


def make_repeatable():
    """Makes TensorFlow's training on a CPU give the same bits each time.

    Operations that run beside each other compete for threads, and the
    convolutions of oneDNN add up in another order with fewer threads. One
    operation at a time, on all cores, costs about a seventh of the speed.
    It must come before TensorFlow's first operation; later it does nothing.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    # RuntimeError: TensorFlow has been used already.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(1)


def resolved(config, dataset):
    """The config with what it takes from the data set."""
    config = config.replace(face_margin=dataset.margin)
    if not config.classes:
        return config.replace(classes=dataset.classes)
    if set(config.classes) != set(dataset.classes):
        raise UserError(
            f"--classes={','.join(config.classes)}: the data has "
            f"{','.join(dataset.classes)}"
        )
    return config
