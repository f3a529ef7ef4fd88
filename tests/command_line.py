"""Commands in this process, where a process of their own proves nothing.

Importing TensorFlow takes a process three seconds. What only a process can
show (exit codes, `python -m`, signals, what TensorFlow writes while it
starts) is asked of `process`.
"""

import contextlib
import importlib
import io
import pathlib
import subprocess
import sys

import pytest

from exprgan_tf.commands.running import run

ROOT = pathlib.Path(__file__).parents[1]


def command(module, *arguments):
    """What `process` gives, without one: `module` has `main`, `SETTINGS`."""
    found = importlib.import_module(module)
    return in_process(
        found.main, found.SETTINGS, arguments,
        getattr(found, "ONLY_ON_COMMAND_LINE", ()),
    )


def in_process(main, settings, arguments, only_on_command_line=()):
    """Runs `main` with flags, from the root of the project.

    An error that is none of a user passes through.
    """
    arguments = [str(argument) for argument in arguments]
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        pytest.raises(SystemExit) as ended,
    ):
        patch.chdir(ROOT)
        # Set now, it is put back: processes of later tests shall find what
        # they would find without this one.
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
        run(main, settings, arguments, only_on_command_line)
    return subprocess.CompletedProcess(
        arguments, ended.value.code, stdout.getvalue(), stderr.getvalue()
    )


def process(module, *arguments):
    """`python -m module`, as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT,
    )


def assert_one_clear_line(result, *parts):
    assert result.returncode != 0
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("error: ")
    for part in parts:
        assert str(part) in result.stderr
