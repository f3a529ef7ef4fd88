"""A run that is killed in each of its stages, beside one that is not."""

import random
import signal
import time

import h5py
import numpy as np
from conftest import CLASSES, TINY

from exprgan_tf import ExprGAN


def write_flags(path, data_dir, **changes):
    """A flag file of the tiny twin that writes a checkpoint at each step."""
    settings = {
        **TINY, "data_dir": data_dir, "classes": CLASSES,
        "checkpoint_minutes": 0, "picture_epochs": 9, **changes,
    }
    path.write_text("".join(
        f"--{name}={','.join(map(str, value))}\n"
        if isinstance(value, tuple) else f"--{name}={value}\n"
        for name, value in settings.items()
    ))
    return path


def end(process):
    """Waits for a training that must go well."""
    written = process.communicate(timeout=300)
    assert process.returncode == 0, written


def assert_killed_runs_end_alike(
    start, whole, killed, seconds, stages=(1, 2, 3)
):
    """SIGKILL at a random moment of each stage; then compare everything.

    Args:
        start: a function of a run folder that starts its training.
        whole: the folder of a run of the same settings that was not killed.
        killed: folder for the run that is.
        seconds: the latest moment after the first checkpoint of a stage.
        stages: those that are still to be trained in the second folder.
    """
    generator = random.Random()
    for stage in stages:
        process = start(killed)
        checkpoint = killed / f"stage{stage}.weights.h5"
        while not checkpoint.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        time.sleep(generator.uniform(0, seconds))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    end(start(killed))

    for stage in (1, 2, 3):
        name = f"stage{stage}_losses.csv"
        assert (whole / name).read_text() == (killed / name).read_text()
        left, right = (
            _arrays(run / f"stage{stage}.weights.h5")
            for run in (whole, killed)
        )
        assert left.keys() == right.keys()
        assert sum("optimizer" in key for key in left) > 20
        for key in left:
            np.testing.assert_array_equal(left[key], right[key], key)
    assert_same_weights(ExprGAN.load(whole), ExprGAN.load(killed))


def assert_same_weights(model, other):
    for old, new in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(old.value, new.value)


def _arrays(path):
    arrays = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: arrays.update({name: item[()]})
            if isinstance(item, h5py.Dataset) else None
        )
    return arrays
