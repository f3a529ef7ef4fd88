"""Servers as users start them, each a process of its own."""

import contextlib
import re
import signal
import subprocess
import sys

from commands import ROOT


@contextlib.contextmanager
def running(command, *flags):
    """Starts `serve` or `app`, and stops it.

    Args:
        command: which.
        *flags: beside --port.

    Yields:
        Its port, and the process's id.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", f"exprgan_tf.{command}", "--port=0", *flags],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )
    try:
        line = ""
        while "http://" not in line:
            line = process.stdout.readline()
            assert line, process.stderr.read()
        yield int(re.search(r":(\d+)", line)[1]), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
        # Else what failed in the block would hide what the server says.
        print(errors, end="")
    assert (process.returncode, errors) == (0, "")


def memory_of(pid):
    """Megabytes of a process."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) // 1024
