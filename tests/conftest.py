"""Tiny twins of networks and data, shared by the tests."""

import contextlib
import csv
import signal

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from exprgan_tf import config as config_module
from exprgan_tf.data.preparing.request import Options
from exprgan_tf.data.preparing.writing import make_dataset
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.sources.manifest import Manifest
from exprgan_tf.editing.request import EditRequest
from exprgan_tf.model import ExprGAN
from exprgan_tf.training import curriculum
from exprgan_tf.training.request import TrainRequest

CLASSES = ("happy", "sad", "surprise")

# What takes longest, so that it does not begin when all else has ended.
FIRST = ("test_workers", "test_training", "test_backend_training")

# Two logical devices, so that distribution can be tested on any machine.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)

TINY = {
    "image_size": 32,
    "identity_size": 8,
    "code_size": 2,
    "encoder_channels": (4, 6, 8),
    "decoder_channels": (12, 10, 8, 6),
    "decoder_start_size": 4,
    "decoder_initialization": "he",
    "discriminator_channels": (4, 6, 8),
    "discriminator_units": 12,
    "q_units": 6,
    "latent_discriminator_units": (6, 5),
    "batch_norm_momentum": 0.9,
    "face_feature_steps": 4,
    "batch_sizes": (6, 6, 6),
    "epochs": (2, 2, 2),
}

# A shell's background ignores Ctrl-C; what tests start is to hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.stem not in FIRST)


def tiny_config(preset="paper", **changes):
    values = {**TINY, "classes": CLASSES}
    if preset == "released":
        values["q_shared_units"] = 10
    return config_module.preset(preset, **{**values, **changes})


def edits(output, *expressions, **more):
    """An `EditRequest`: decoded, in full, when nothing else is said."""
    return EditRequest(
        output=str(output), expressions=expressions,
        **{"intensities": (1.0,), "method": "decoder", **more},
    )


def train(config, stages, run_dir, init_from=None, make_validation=None):
    """Trains stages one after another, as the command does."""
    for stage in stages or ("all",):
        curriculum.train(config, TrainRequest(
            str(stage), str(run_dir), init_from and str(init_from)
        ), make_validation)


@contextlib.contextmanager
def eagerly():
    """Steps as they are written; to trace one costs as much as ten of them.

    For tests that take a few and are not about what a graph does.
    """
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.fixture
def eager():
    with eagerly():
        yield


@pytest.fixture
def config():
    return tiny_config()


@pytest.fixture
def model(config):
    tf.keras.utils.set_random_seed(1)
    return ExprGAN(config)


@pytest.fixture(scope="session")
def faces_folder(tmp_path_factory):
    """A manifest and drawn faces: 6 subjects, 3 expressions, neutral."""
    folder = tmp_path_factory.mktemp("faces")
    rows = []
    for subject in range(6):
        for expression in ("neutral", *CLASSES):
            for index in range(1 if expression == "neutral" else 3):
                intensity = 0 if expression == "neutral" else 0.4 + 0.2 * index
                name = f"s{subject}_{expression}_{index}.png"
                face = draw_face(subject, expression, intensity)
                Image.fromarray(face).save(folder / name)
                split = "test" if subject >= 4 else "train"
                rows.append({
                    "path": name, "subject": f"s{subject}",
                    "expression": expression, "intensity": intensity,
                    "split": "neutral" if expression == "neutral" else split,
                })
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="session")
def data_dir(faces_folder, tmp_path_factory):
    """A data set of those faces: 36 training images in three shards."""
    output = tmp_path_factory.mktemp("data") / "tiny"
    make_dataset(
        Manifest(faces_folder), output,
        options=Options(image_size=32, align="never"), shard_records=12,
        workers=1,
    )
    return output


@pytest.fixture(scope="session")
def dataset(data_dir):
    return Dataset.open(data_dir)


def draw_face(subject, expression, intensity):
    """A disc whose color is the subject and whose mouth the expression."""
    generator = np.random.default_rng(subject)
    image = np.full((32, 32, 3), generator.integers(0, 80, 3), "uint8")
    y, x = np.mgrid[:32, :32]
    image[(y - 16) ** 2 + (x - 16) ** 2 < 180] = generator.integers(
        120, 255, 3
    )
    image[9:12, 10:13] = image[9:12, 20:23] = 20
    size = round(8 * intensity) - 1
    if expression == "happy":
        image[22:24, 16 - 2 * size : 16 + 2 * size] = 250
    elif expression == "sad":
        image[24 - size : 24, 12:20] = 60
    elif expression == "surprise":
        image[22 : 22 + size, 13:19] = 0
    return image


def random_batch(config, count=6, seed=0):
    """A batch as `Stage` describes it."""
    generator = np.random.default_rng(seed)
    shape = (count, config.image_size, config.image_size, 3)
    labels = generator.integers(0, config.num_classes, count)
    return {
        name: tf.constant(values, tf.float32)
        for name, values in {
            "image": generator.uniform(-1, 1, shape),
            "source": generator.uniform(-1, 1, shape),
            "label": np.eye(config.num_classes)[labels],
            "code_noise": generator.uniform(-1, 1, (count, config.code_size)),
            "prior": generator.uniform(-1, 1, (count, config.identity_size)),
        }.items()
    }
