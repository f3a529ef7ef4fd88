"""The same stages on other backends of Keras: the numbers of TensorFlow."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from conftest import eagerly, random_batch, tiny_config
from motion_data import SIDE, tiny_motion
from one_step import PHI, take_steps

from exprgan_tf.model import ExprGAN
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.networks import FaceFeatures
from exprgan_tf.stages.motion import MotionStage

TESTS = pathlib.Path(__file__).parent

# float32 sums of some hundred terms in another order.
LOSS = {"rtol": 1e-5, "atol": 1e-6}
WEIGHT = {"rtol": 1e-5, "atol": 2e-6}


@pytest.fixture(scope="module")
def given():
    """Weights and a batch, with every term of the losses switched on."""
    config = tiny_config(
        "released", update_moving_statistics=True, average_weights=0.9,
        final_learning_rates=(1e-3,) * 3, learning_rates=(2e-3,) * 3,
        # The usual 1e-8 makes the first step of Adam the gradient's sign,
        # which rounding decides where the gradient is next to nothing.
        adam_epsilon=1e-3,
    )
    keras.utils.set_random_seed(5)
    arrays = {"config": np.array(json.dumps(config.to_dict()))}
    motion = tiny_motion(
        motion_rate=0.2, lambda_motion_adversarial=0.1, lambda_motion_q=0.1,
        lambda_motion_features=0.1,
    )
    arrays["motion"] = np.array(json.dumps(motion.to_dict()))
    moving = MotionModel(config, motion)
    for name, model in (
        ("model", ExprGAN(config)), ("phi", FaceFeatures(**PHI)),
        ("moving", moving), ("judge", MotionStage(moving, 10).judge),
    ):
        for index, value in enumerate(model.get_weights()):
            arrays[f"{name}/{index}"] = value
    for name, value in random_batch(config).items():
        arrays[f"batch/{name}"] = np.asarray(value)
    generator = np.random.default_rng(7)
    sides = {"image": (SIDE, 3), "target": (SIDE, 3), "known": (SIDE // 2, 1),
             "judged": (SIDE // 2, 1), "field": (SIDE // 2, 4)}
    for name, (side, width) in sides.items():
        values = generator.uniform(0, 1, (4, side, side, width))
        arrays[f"pairs/{name}"] = values.astype("float32")
    arrays["pairs/field"] *= np.float32([0.1, 0.1, 1.0, 0.5])
    arrays["pairs/intensities"] = generator.uniform(
        0, 1, (4, config.num_classes)
    ).astype("float32")
    return arrays


@pytest.fixture(scope="module")
def expected(given):
    with eagerly():
        return take_steps(given)


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_a_step_gives_the_numbers_of_tensorflow(
    backend, given, expected, tmp_path
):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    np.savez(tmp_path / "given.npz", **given)
    subprocess.run(
        [sys.executable, TESTS / "one_step.py", tmp_path / "given.npz",
         tmp_path / "found.npz"],
        check=True, cwd=TESTS.parent,
        env={
            **os.environ, "KERAS_BACKEND": backend,
            "PYTHONPATH": str(TESTS.parent),
            # The steps are compiled to run once each.
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
    )
    with np.load(tmp_path / "found.npz") as arrays:
        found = dict(arrays)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(
            found[name], value, **(LOSS if "log" in name else WEIGHT),
            err_msg=name,
        )
