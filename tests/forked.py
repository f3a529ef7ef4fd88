"""Processes that share one import of TensorFlow.

Each is a process of its own, killed like any other. But they are forks of
one that has imported TensorFlow and never used it, which saves the seconds
that the import costs. What a command writes while it starts is not theirs:
that takes `python -m`.
"""

import multiprocessing
import os
import pathlib
import sys
import tempfile

from exprgan_tf.commands.exprgan import main

_CONTEXT = multiprocessing.get_context("forkserver")


def preload(*modules):
    """What the first process imports for all; called before it is there."""
    _CONTEXT.set_forkserver_preload(["tensorflow", *modules, __name__])


preload("exprgan_tf.training.curriculum", "train_with_sgd")


class Forked:
    """A function in a process of its own, to be used as a `Popen`.

    Args:
        function: of a module that can be imported.
        *arguments: that can be pickled.
        env: the environment of the process.
    """

    def __init__(self, function, *arguments, env=None):
        self._folder = tempfile.TemporaryDirectory()
        self._written = [
            pathlib.Path(self._folder.name) / name
            for name in ("stdout", "stderr")
        ]
        for path in self._written:
            # One that is killed at once has written nothing.
            path.touch()
        self._process = _CONTEXT.Process(target=_run, args=(
            self._folder.name, function, arguments, dict(env or os.environ)
        ))
        self._process.start()

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self._process.exitcode

    def wait(self, seconds):
        """Its return code; None where it has not ended by then."""
        self._process.join(seconds)
        return self.returncode

    def send_signal(self, number):
        os.kill(self._process.pid, number)

    def communicate(self, timeout=None):
        """What it wrote, when it has ended."""
        self._process.join(timeout)
        assert self.returncode is not None, "it has not ended in time"
        return tuple(path.read_text() for path in self._written)


def _run(folder, function, arguments, environment):
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        with open(os.path.join(folder, name), "wb") as file:
            os.dup2(file.fileno(), descriptor)
    # Those of the parent are of files that are not these.
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    function(*arguments)


def command(*words):
    """What `exprgan NAME ...` does, to its end."""
    main(list(words))
