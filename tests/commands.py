"""The commands, in this process or in one of their own.

A process of its own costs seconds, since it imports TensorFlow. It is worth
them where it proves what only a process can: that `python -m` works, that
nothing else is written to stderr, and what signals do.
"""

import os
import pathlib
import subprocess
import sys

import pytest

from exprgan_tf.commands.exprgan import main

ROOT = pathlib.Path(__file__).parents[1]


def run_here(name, *arguments, capsys):
    """What `exprgan NAME ...` answers, run in this process.

    Args:
        name: the command, such as "edit".
        *arguments: its flags; what is no text becomes one.
        capsys: the fixture, which is asked for what was written.

    Returns:
        What `subprocess.run` returns.
    """
    return run_main(main, [name, *map(str, arguments)], capsys)


def run_main(main, words, capsys):
    """The same of another function that takes words and ends the process."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        # What a command sets for its process is not left for the next.
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
        with pytest.raises(SystemExit) as ended:
            main(words)
    written = capsys.readouterr()
    return subprocess.CompletedProcess(
        words, ended.value.code, written.out, written.err
    )


def run_process(module, *arguments, stdout=subprocess.PIPE, **variables):
    """What `python -m MODULE ...` answers.

    Args:
        module: its name.
        *arguments: its flags; what is no text becomes one.
        stdout: as of `subprocess.run`.
        **variables: of its environment.
    """
    environment = {**os.environ, **variables}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env=environment,
    )


def assert_one_clear_line(result, *parts):
    assert result.returncode != 0
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("error: ")
    for part in parts:
        assert str(part) in result.stderr


def visible(folder):
    """Names of what a folder shows, sorted: not what is hidden."""
    return sorted(
        path.name for path in folder.iterdir()
        if not path.name.startswith(".")
    )
