"""What `exprgan doctor` tells of machines that are well and that are not."""

import pathlib
import types

import av
import pytest
from commands import run_here
from packaging.requirements import Requirement

from exprgan_tf.commands import doctor
from exprgan_tf.support import installed


def test_a_machine_that_is_well(capsys):
    result = run_here("doctor", capsys=capsys)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    lines = result.stdout.splitlines()
    assert lines[0].startswith("system: exprgan 0.")
    assert lines[-1] == "all 8 checks are well"
    for part in ("packages: core: keras 3.", "packages: torch: ",
                 "keras: Keras 3.", "decoder: example1.jpg edited in",
                 "animate: astronaut.png: face found"):
        assert part in result.stdout


def test_names_of_users_are_left_out(monkeypatch):
    monkeypatch.setenv("HOME", "/home/anna")
    assert doctor._without_home("in /home/anna/.keras") == "in ~/.keras"


def broken_keras(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_BACKEND", "tf")


def no_room(monkeypatch, tmp_path):
    monkeypatch.setattr(
        doctor.shutil, "disk_usage",
        lambda _: types.SimpleNamespace(free=9_000_000),
    )


def a_package_is_gone(monkeypatch, tmp_path):
    monkeypatch.setattr(
        installed, "required", lambda: {"core": [Requirement("absent>=1")]}
    )


def no_encoder(monkeypatch, tmp_path):
    def refuse(*_):
        raise ValueError("no codec")

    monkeypatch.setattr(av, "Codec", refuse)


@pytest.mark.parametrize("break_it, parts", [
    (broken_keras, ["keras: KERAS_BACKEND", "set KERAS_BACKEND"]),
    (no_room, ["disk: 9 MB are free", "TMPDIR"]),
    (a_package_is_gone, ["packages: absent is missing", "pip install"]),
    (no_encoder, ["films: ", "pip install"]),
])
def test_what_fails_is_one_line(
    break_it, parts, monkeypatch, tmp_path, capsys
):
    break_it(monkeypatch, tmp_path)
    result = run_here("doctor", "--noedit", capsys=capsys)
    failed = [
        line for line in result.stdout.splitlines()
        if line.startswith("FAIL ")
    ]
    assert (result.returncode, len(failed)) == (1, 1), result.stdout
    assert failed[0].startswith(f"FAIL {parts[0]}")
    assert parts[1] in failed[0]
    assert result.stdout.endswith("1 of 6 checks failed\n")


def test_requirements_of_a_checkout_and_of_a_package(monkeypatch, tmp_path):
    found = installed.required()
    assert {"core", "tensorflow", "export", "torch"} <= set(found)
    monkeypatch.setattr(installed, "_FILES", pathlib.Path(tmp_path / "no"))
    monkeypatch.setattr(
        installed.importlib.metadata, "requires",
        lambda _: ["keras>=3", 'torch>=2; extra == "torch"'],
    )
    assert {
        name: [one.name for one in ones]
        for name, ones in installed.required().items()
    } == {"core": ["keras"], "torch": ["torch"]}


def test_packages_of_other_versions_are_told():
    assert installed.state(Requirement("pytest<1")).endswith("with <1)")
    assert installed.state(Requirement("pytest")).startswith("pytest ")
