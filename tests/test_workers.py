"""Several devices and several machines, which are processes here."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import h5py
import keras
import numpy as np
import pytest
from conftest import CLASSES, TINY

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.training.cluster import Cluster, cluster_from_environment

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def flagfile(data_dir, tmp_path_factory):
    """Stage 3 from fresh weights: every network, and phi on the chief."""
    path = tmp_path_factory.mktemp("flags") / "tiny.cfg"
    settings = {
        **TINY, "data_dir": data_dir, "epochs": (1, 1, 1), "classes": CLASSES,
        "checkpoint_minutes": 0, "picture_epochs": 9,
        "source_images": "subject",
    }
    path.write_text("".join(
        f"--{name}={','.join(map(str, value))}\n"
        if isinstance(value, tuple) else f"--{name}={value}\n"
        for name, value in settings.items()
    ))
    return path


@pytest.fixture(scope="module")
def alone(flagfile, tmp_path_factory):
    """The run of a single process on one device."""
    run = tmp_path_factory.mktemp("runs") / "alone"
    assert_ended(start(flagfile, run, "auto"))
    return run


def start(flagfile, run, strategy, addresses=None, index=0, *flags):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    if addresses:
        environment["TF_CONFIG"] = json.dumps({
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        })
    return subprocess.Popen(
        [sys.executable, ROOT / "tests" / "train_with_sgd.py", "--stage=3",
         "--init_from=scratch", f"--flagfile={flagfile}",
         f"--run_dir={run}", f"--strategy={strategy}", *flags],
        env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def start_two(flagfile, run, *flags, flags_of_second=()):
    """Chief and worker; only the chief is given the run folder."""
    addresses = free_addresses(2)
    return (
        start(flagfile, run, "multi_worker", addresses, 0, *flags),
        start(flagfile, f"{run}_unused", "multi_worker", addresses, 1,
              *flags, *flags_of_second),
    )


def free_addresses(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{item.getsockname()[1]}" for item in held]
    for item in held:
        item.close()
    return addresses


def assert_ended(*processes):
    for process in processes:
        output = process.communicate(timeout=900)
        assert process.returncode == 0, output


def assert_stopped(process, code, *parts):
    """Ends in time, with one line and nothing else."""
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    assert stderr.startswith("error: "), stderr
    assert stderr.count("\n") == 1, stderr
    for part in parts:
        assert part in stderr


def arrays_of(model):
    return [np.asarray(variable.value) for variable in model.variables]


def assert_same_changes(run, other):
    """The weights went the same way, but for what rounding leaves.

    Tiny batches and discriminators make rounding grow with every step; a
    wrong scale or other images would be half of the change and more.
    """
    model = ExprGAN.load(run)
    left, right = arrays_of(model), arrays_of(ExprGAN.load(other))
    keras.utils.set_random_seed(model.config.seed)
    for variable, old, new, first in zip(
        model.variables, left, right, arrays_of(ExprGAN(model.config)),
        strict=True,
    ):
        difference = np.linalg.norm(new - old)
        assert difference <= 0.1 * np.linalg.norm(old - first) + 1e-6, (
            variable.path
        )


def test_two_devices_give_the_run_of_one(flagfile, alone, tmp_path):
    assert_ended(start(flagfile, tmp_path / "run", "mirrored"))
    assert_same_changes(alone, tmp_path / "run")


def test_two_machines_give_the_run_of_one(flagfile, alone, tmp_path):
    assert_ended(*start_two(flagfile, tmp_path / "run"))
    assert_same_changes(alone, tmp_path / "run")
    assert os.listdir(tmp_path) == ["run"]
    assert files_of(tmp_path / "run") == files_of(alone)


LONG = ("--epochs=9,9,9", "--face_features=none")


@pytest.fixture(scope="module")
def together(flagfile, tmp_path_factory):
    """A longer run of two machines that nothing disturbed."""
    run = tmp_path_factory.mktemp("runs") / "together"
    assert_ended(*start_two(flagfile, run, *LONG))
    return run


def lose(flagfile, run, lost, name):
    """Kills one of two machines inside a stage; the other must end."""
    processes = start_two(flagfile, run, *LONG)
    while not step_of(run / "stage3.weights.h5"):
        assert processes[0].poll() is None, processes[0].communicate()
        time.sleep(0.05)
    processes[lost].send_signal(signal.SIGKILL)
    assert_stopped(processes[1 - lost], 1, name, "repeat the command")
    processes[lost].communicate()
    assert not (run / "stage3.keras").exists()


def test_a_lost_machine_stops_the_other_and_the_run_resumes(
    flagfile, together, tmp_path
):
    run = tmp_path / "run"
    lose(flagfile, run, 1, "worker 1")
    assert_ended(*start_two(flagfile, run, *LONG))
    for old, new in zip(
        arrays_of(ExprGAN.load(together)), arrays_of(ExprGAN.load(run)),
        strict=True,
    ):
        np.testing.assert_array_equal(old, new)
    assert files_of(run) == files_of(together)


def test_a_lost_chief_stops_the_others(flagfile, tmp_path):
    lose(flagfile, tmp_path / "run", 0, "the chief")


def test_a_machine_that_does_not_appear_is_named(flagfile, tmp_path):
    addresses = free_addresses(2)
    chief = start(flagfile, tmp_path / "run", "multi_worker", addresses, 0,
                  "--worker_wait=2")
    worker = start(flagfile, tmp_path / "run", "multi_worker",
                   free_addresses(2), 1)
    assert_stopped(chief, 1, f"worker 1 ({addresses[1]})", "within 2 seconds")
    worker.send_signal(signal.SIGINT)
    assert_stopped(worker, 130, "interrupted")
    assert not (tmp_path / "run").exists()


def test_other_settings_than_the_chiefs_are_refused(flagfile, tmp_path):
    chief, worker = start_two(
        flagfile, tmp_path / "run", flags_of_second=["--seed=7"]
    )
    assert_stopped(worker, 1, "--seed differs from that of the chief")
    assert_stopped(chief, 1, "worker 1")


def files_of(run):
    return sorted(
        str(path.relative_to(run)) for path in run.rglob("*")
        if "tfevents" not in path.name
    )


def step_of(checkpoint):
    if not checkpoint.exists():
        return 0
    with h5py.File(checkpoint) as file:
        return int(file["generator_optimizer/vars/0"][()])


@pytest.mark.parametrize("text, part", [
    (None, "TF_CONFIG is not set"),
    ("", "TF_CONFIG is not set"),
    ("{", "cannot be read"),
    ("[]", "cannot be read"),
    ('{"cluster": {"worker": ["a:1"]}}', "cannot be read"),
    (("a:1", "worker", 1), "no address for its own task, worker 1"),
    (("a:1", "chief", 0), "no address for its own task, chief 0"),
    (("a", "worker", 0), "the address 'a', not HOST:PORT"),
    (("a:b", "worker", 0), "the address 'a:b', not HOST:PORT"),
    (("a:1,a:1", "worker", 0), "names an address twice"),
    ('{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
     "a job 'ps'"),
])
def test_a_wrong_tf_config_is_refused(text, part, monkeypatch):
    if isinstance(text, tuple):
        addresses, job, index = text
        text = json.dumps({
            "cluster": {"worker": addresses.split(",")},
            "task": {"type": job, "index": index},
        })
    if text is None:
        monkeypatch.delenv("TF_CONFIG", raising=False)
    else:
        monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError) as caught:
        cluster_from_environment()
    assert part in str(caught.value)
    assert "--strategy=multi_worker" in str(caught.value)


def test_the_job_chief_comes_first(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps({
        "cluster": {"worker": ["b:1", "c:1"], "chief": ["a:1"]},
        "task": {"type": "worker", "index": 1},
    }))
    cluster = cluster_from_environment()
    assert cluster == Cluster(("a:1", "b:1", "c:1"), 2, True)
    assert cluster.others_named(
        "/job:worker/replica:0/task:0 and /job:worker/task:1 and "
        "/job:chief/replica:0/task:0"
    ) == [0, 1]
    assert cluster.others_named(
        "Deadline Exceeded\n\nRPC: /tensorflow.CoordinationService/Heartbeat"
    ) == [0]
