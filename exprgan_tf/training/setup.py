"""What every run does first."""

import contextlib
import pathlib
import sys

import keras

from exprgan_tf.errors import UserError
from exprgan_tf.support.backend import device_names

# With 0, TensorFlow's shuffling takes no seed that a graph computes.
_IN_PLACE_OF_0 = 2**32 - 1


def seeded(config):
    """Makes what is drawn next, weights and orders, that of the run's seed."""
    keras.utils.set_random_seed(config.seed or _IN_PLACE_OF_0)


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


def tell_slow_precision(config, processor=pathlib.Path("/proc/cpuinfo")):
    """Says so where bfloat16 is no help: a processor without it.

    Args:
        config: a `Config`.
        processor: what Linux says of it; elsewhere nothing is told.
    """
    if config.mixed_precision != "bfloat16" or not processor.exists():
        return
    if not all(name.startswith("cpu") for name in device_names()):
        return
    flags = processor.read_text(errors="replace").split()
    if "flags" in flags and not {"avx512_bf16", "amx_bf16"} & set(flags):
        print(
            "--mixed_precision=bfloat16: this processor computes no bfloat16 "
            "and may be several times slower with it; say "
            "--mixed_precision=float32", file=sys.stderr,
        )


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
