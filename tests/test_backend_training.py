"""Training where TensorFlow is not installed, in processes of its own."""

import importlib.util
import os
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
from conftest import CLASSES, TINY
from PIL import Image

# For Python a module that is None in sys.modules is not installed.
RUN = """
import runpy, sys
sys.modules["tensorflow"] = None
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def start(backend, module, *arguments):
    """A command as a process without TensorFlow."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, module, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={
            **os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
    )


def train(backend, data_dir, run, *arguments, augmentation=0.5):
    settings = {
        **TINY, "data_dir": data_dir, "checkpoint_minutes": 0,
        "validation_subjects": 1, "classes": CLASSES,
        "augmentation": augmentation, "source_images": "subject",
        "code_intensity": "label", "average_weights": 0.9,
    }
    return start(
        backend, "exprgan_tf.train", f"--run_dir={run}", *arguments, *(
            f"--{name}={','.join(map(str, value))}"
            if isinstance(value, tuple) else f"--{name}={value}"
            for name, value in settings.items()
        ),
    )


def weights(path):
    arrays = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(add)
    return arrays


def test_torch_trains_resumes_and_edits(data_dir, tmp_path):
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    process = train("torch", data_dir, killed, "--stage=1")
    while not (killed / "stage1.weights.h5").exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (killed / "stage1.keras").exists()
    for run, stage in ((killed, "1"), (whole, "all")):
        process = train("torch", data_dir, run, f"--stage={stage}")
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
    expected, found = (
        weights(run / "stage1.weights.h5") for run in (whole, killed)
    )
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)
    losses = "stage1_losses.csv"
    assert (whole / losses).read_text() == (killed / losses).read_text()
    for stage in (1, 2, 3):
        picture = Image.open(
            whole / f"pictures/stage{stage}_expressions_end.png"
        )
        assert len(np.unique(np.asarray(picture))) > 10
        assert list((whole / "tensorboard" / f"stage{stage}").iterdir())
    assert "a small network trained on 3 training subjects" in output

    image = Image.fromarray(
        np.random.default_rng(0).integers(0, 255, (32, 32, 3), "uint8")
    )
    image.save(tmp_path / "face.png")
    process = start(
        "torch", "exprgan_tf.edit", f"--model={whole}", "--align=never",
        f"--input={tmp_path / 'face.png'}", f"--output={tmp_path / 'edited'}",
        "--expressions=happy", "--intensities=1",
    )
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert list((tmp_path / "edited").glob("*happy*"))


def test_jax_trains(data_dir, tmp_path):
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    process = train(
        "jax", data_dir, tmp_path, "--stage=3", "--init_from=scratch",
        "--cache_face_features", augmentation=0,
    )
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert (tmp_path / "stage3.keras").exists()


def test_a_backend_that_is_not_there_is_named(tmp_path):
    process = start("tensorflow", "exprgan_tf.train", "--stage=1",
                    f"--run_dir={tmp_path}")
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 1
    assert output.splitlines()[-1].startswith(
        "error: the backend of Keras, tensorflow, is not installed"
    )
