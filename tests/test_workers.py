"""Several devices and several machines, which are processes here."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import h5py
import keras
import numpy as np
import pytest
import train_with_sgd
from commands import ROOT
from forked import Forked
from killing import write_flags

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.training.cluster import Cluster, cluster_from_environment


@pytest.fixture(scope="module")
def flagfile(data_dir, tmp_path_factory):
    """Stage 3 from fresh weights: every network, and phi on the chief."""
    return write_flags(
        tmp_path_factory.mktemp("flags") / "tiny.cfg", data_dir,
        epochs=(1, 1, 2), source_images="subject",
    )


@pytest.fixture(scope="module")
def runs(flagfile, tmp_path_factory):
    """The same run on one device, on two, and on two machines."""
    folder = tmp_path_factory.mktemp("runs")
    paths = {
        name: folder / name / "run" for name in ("alone", "devices", "machines")
    }
    assert_ended(
        fork(flagfile, paths["alone"], "auto"),
        fork(flagfile, paths["devices"], "mirrored"),
    )
    assert_ended(*start_two(flagfile, paths["machines"], start=fork))
    return paths


def words_of(flagfile, run, strategy, flags):
    return [
        "--stage=3", "--init_from=scratch", f"--flagfile={flagfile}",
        f"--run_dir={run}", f"--strategy={strategy}", *flags,
    ]


def environment_of(addresses, index):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    if addresses:
        environment["TF_CONFIG"] = json.dumps({
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        })
    return environment


def start(flagfile, run, strategy, addresses=None, index=0, *flags):
    return subprocess.Popen(
        [sys.executable, ROOT / "tests" / "train_with_sgd.py",
         *words_of(flagfile, run, strategy, flags)],
        env=environment_of(addresses, index),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def fork(flagfile, run, strategy, addresses=None, index=0, *flags):
    """The same, but for what TensorFlow notes when it is imported."""
    return Forked(
        train_with_sgd.command, *words_of(flagfile, run, strategy, flags),
        env=environment_of(addresses, index),
    )


def start_two(flagfile, run, *flags, flags_of_second=(), start=start):
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


def test_two_devices_give_the_run_of_one(runs):
    assert_same_changes(runs["alone"], runs["devices"])


def test_two_machines_give_the_run_of_one(runs):
    assert_same_changes(runs["alone"], runs["machines"])
    assert os.listdir(runs["machines"].parent) == ["run"]
    assert files_of(runs["machines"]) == files_of(runs["alone"])


def lose(flagfile, run, lost, name):
    """Kills one of two machines inside a stage; the other must end."""
    begun = step_of(run / "stage3.weights.h5")
    processes = start_two(flagfile, run)
    while step_of(run / "stage3.weights.h5") == begun:
        assert processes[0].poll() is None, processes[0].communicate()
        time.sleep(0.05)
    processes[lost].send_signal(signal.SIGKILL)
    assert_stopped(processes[1 - lost], 1, name, "repeat the command")
    processes[lost].communicate()
    assert not (run / "stage3.keras").exists()


def test_a_lost_machine_stops_the_other(flagfile, tmp_path):
    """`long/test_lost_machines.py` loses the chief, too, and resumes."""
    lose(flagfile, tmp_path / "run", 1, "worker 1")


def test_a_machine_that_does_not_appear_is_named(flagfile, tmp_path):
    addresses = free_addresses(2)
    chief = start(flagfile, tmp_path / "run", "multi_worker", addresses, 0,
                  "--worker_wait=2")
    worker = start(flagfile, tmp_path / "run", "multi_worker",
                   free_addresses(2), 1)
    assert_stopped(chief, 1, f"worker 1 ({addresses[1]})", "within 2 seconds")
    # On a busy machine the first may come while TensorFlow is imported, which
    # swallows it; one that comes while the process ends would kill it.
    for _ in range(4):
        worker.send_signal(signal.SIGINT)
        try:
            worker.wait(15)
            break
        except subprocess.TimeoutExpired:
            continue
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
