"""What the resident processes hold: functions of TensorFlow and PyTorch.

Each factory is called in a process of its own and imports its framework
there. Inputs are random numbers: what a step costs does not depend on them.
"""

import atexit
import os
import tempfile

import numpy as np


def tensorflow_kernels():
    """The fastest that a step could be made of: bare operations.

    Returns:
        Functions "matmul" and three of a 3x3 convolution of 256 to 256
        channels on 56x56, each in both precisions, as "matmul float32".
    """
    _start_backend()
    import tensorflow as tf

    same = {"strides": [1, 1, 1, 1], "padding": "SAME"}
    actions = {}
    for precision in KERNEL_PRECISIONS:
        matrix = tf.cast(tf.random.normal((2048, 2048)), precision)
        images = tf.cast(tf.random.normal((8, 56, 56, 256)), precision)
        kernel = tf.cast(tf.random.normal((3, 3, 256, 256)), precision)
        operations = {
            "matmul": lambda m: tf.linalg.matmul(m, m),
            "conv forward": lambda x, k: tf.nn.conv2d(x, k, **same),
            "conv data gradient": lambda x, k: tf.raw_ops.Conv2DBackpropInput(
                input_sizes=x.shape, filter=k, out_backprop=x, **same
            ),
            "conv weight gradient":
                lambda x, k: tf.raw_ops.Conv2DBackpropFilter(
                    input=x, filter_sizes=k.shape, out_backprop=x, **same
                ),
        }
        for name, operation in operations.items():
            arguments = (
                [matrix] if name == "matmul" else [images, kernel]
            )
            compiled = tf.function(operation)
            actions[f"{name} {precision}"] = (
                lambda compiled=compiled, arguments=arguments:
                compiled(*arguments)
            )
    return actions


KERNEL_PRECISIONS = ("float32", "bfloat16")
# GFLOP of one call; multiply and add are two.
KERNEL_GFLOP = {
    "matmul": 2 * 2048**3 / 1e9,
    **dict.fromkeys(
        ("conv forward", "conv data gradient", "conv weight gradient"),
        2 * 8 * 56 * 56 * 3 * 3 * 256 * 256 / 1e9,
    ),
}


def project_step(config, number, batch_size, phi=None):
    """A training step as the training loop runs it, on any Keras backend.

    Args:
        config: a `Config`.
        number: the stage.
        batch_size: images.
        phi: a dict for `FaceFeatures`, or None.

    Returns:
        "step", and "gflop": per image, `(done, as written)`.
    """
    _start_backend()
    import keras

    from benchmarks.flops import step_flops

    train_step, stage, network = _train_step(config, number, phi)
    batch = _batch(config, batch_size)
    if network and config.cache_face_features:
        batch["face_features"] = tuple(
            keras.random.normal((batch_size, *shape), dtype="float16")
            for shape in network.feature_shapes
        )

    def step():
        return {
            name: float(value) for name, value in train_step(batch).items()
        }

    def gflop():
        return tuple(
            step_flops(
                stage.exprgan, number, network, config.cache_face_features,
                written,
            ) / 1e9 for written in (False, True)
        )

    return {"step": step, "gflop": gflop}


def torch_step(config, number, batch_size, phi=None, compiled=False):
    """The step of the PyTorch twin; arguments as for `project_step`."""
    import torch

    from benchmarks.torch_step import TwinStep, random_batch

    torch.manual_seed(config.seed)
    phi = phi and _resized(phi, config)
    twin = TwinStep(config, number, phi, compiled)
    batch = random_batch(config, batch_size)
    if twin.phi and config.cache_face_features:
        with torch.no_grad():
            batch["face_features"] = [
                feature.half() for feature in twin.phi(batch["image"])
            ]
    return {"step": lambda: twin.step(batch)}


def compiled_torch_step(config, number, batch_size, phi=None):
    """`torch_step` by `torch.compile`, which needs a C++ compiler."""
    return torch_step(config, number, batch_size, phi, compiled=True)


def batches(config, number, data_dir, steps, phi=None):
    """The input pipeline alone, as the training loop asks for it.

    Args:
        config: a `Config`; with `cache_face_features` phi of every image is
            computed first, and read with the batches.
        number: the stage.
        data_dir: a data set.
        steps: batches.
        phi: a dict for `FaceFeatures`, or None.

    Returns:
        "batches", which reads that many batches of a stage.
    """
    _start_backend()
    from exprgan_tf.data.records import Dataset
    from exprgan_tf.networks import FaceFeatures
    from exprgan_tf.training.feature_cache import feature_cache
    from exprgan_tf.training.run_folder import RunFolder

    features = None
    if phi and config.cache_face_features:
        # The folder lives as long as the process.
        folder = tempfile.TemporaryDirectory()
        atexit.register(folder.cleanup)
        features = feature_cache(
            Dataset.open(data_dir), config,
            FaceFeatures(**_resized(phi, config)), RunFolder(folder.name),
        )

    def run():
        # From the start each time: nothing is left over from another turn.
        for _ in open_batches(config, number, data_dir, steps, features):
            pass

    return {"batches": run}


def epoch(config, number, data_dir):
    """"epoch": every batch of a data set through a step."""
    _start_backend()
    from exprgan_tf.data.records import Dataset
    from exprgan_tf.data.subjects import steps_per_epoch

    train_step = _train_step(config, number)[0]
    steps = steps_per_epoch(
        Dataset.open(data_dir), config, config.batch_sizes[number - 1]
    )

    def run():
        for batch in open_batches(config, number, data_dir, steps):
            train_step(batch)

    return {"epoch": run}


def open_batches(config, number, data_dir, steps=None, features=None):
    """An iterator over so many batches of a stage; None: without end."""
    _start_backend()
    from exprgan_tf.data.batches import training_batches
    from exprgan_tf.data.records import Dataset

    return iter(training_batches(
        Dataset.open(data_dir), config, number, 0, steps, features
    ))


def _train_step(config, number, phi=None):
    """The compiled step, its stage and its `FaceFeatures`."""
    import keras

    from exprgan_tf.baselines import stage_classes
    from exprgan_tf.model import ExprGAN
    from exprgan_tf.networks import FaceFeatures
    from exprgan_tf.training.steps import step_function

    keras.utils.set_random_seed(config.seed)
    network = None
    if phi and number > 1:
        network = FaceFeatures(
            **_resized(phi, config), precision=config.mixed_precision
        )
    stage = stage_classes(config.model_type)[number](
        ExprGAN(config, config.mixed_precision), 1000, network
    )
    return step_function(stage), stage, network


def _resized(phi, config):
    """The description of a phi, for images of the size that is set."""
    return {
        **phi, "input_size": config.face_feature_size or phi["input_size"]
    }


def _batch(config, count):
    from keras import ops

    generator = np.random.default_rng(0)
    images = generator.uniform(
        -1, 1, (count, config.image_size, config.image_size, 3)
    )
    labels = generator.integers(0, config.num_classes, count)
    return {
        name: ops.convert_to_tensor(values, "float32")
        for name, values in {
            "image": images, "source": images,
            "label": np.eye(config.num_classes)[labels],
            "code_noise": generator.uniform(-1, 1, (count, config.code_size)),
            "prior": generator.uniform(-1, 1, (count, config.identity_size)),
        }.items()
    }


def _start_backend():
    """What the command `train` does before anything else."""
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        return
    from exprgan_tf.support.quiet import import_tensorflow

    import_tensorflow()
    from exprgan_tf.training.setup import make_repeatable

    make_repeatable()
