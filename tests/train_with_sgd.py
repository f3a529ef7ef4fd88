"""The command `exprgan_tf.train` with SGD, since Adam hides a wrong scale."""

import sys

from exprgan_tf import train
from exprgan_tf.commands.running import run


def main(*settings):
    import keras
    import tensorflow as tf

    from exprgan_tf.stages.base import Stage

    if "--strategy=mirrored" in sys.argv:
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * 2,
        )
    Stage._adam = lambda self, learning_rate: keras.optimizers.SGD(0.0005)
    train.main(*settings)


def command(*words):
    """In a process that has begun already."""
    sys.argv[1:] = words
    run(main, train.SETTINGS)


if __name__ == "__main__":
    run(main, train.SETTINGS)
