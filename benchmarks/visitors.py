"""The page with visitors, each with a photograph and a slider that moves."""

import concurrent.futures
import itertools
import json
import os
import subprocess
import sys
import time
import urllib.request

from benchmarks import measure
from exprgan_tf.animation.recipes import EXPRESSIONS
from exprgan_tf.errors import UserError

# Nobody is to be told to wait: what an answer costs is asked.
_LIMITS = ("--uploads_per_minute=100000", "--requests_per_minute=10000000")


class Page:
    """`exprgan app` in a process of its own.

    Attributes:
        address: without a slash at its end.
    """

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "exprgan_tf", "app", "--port=0", *_LIMITS],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for line in self._process.stdout:
            if "http://" in line:
                self.address = "http://" + line.split("http://")[1].split()[0]
                return
        raise UserError("exprgan app ended before it answered")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.terminate()
        self._process.wait()

    def cpu_seconds(self):
        """CPU seconds of the process so far, all threads."""
        with open(f"/proc/{self._process.pid}/stat", "rb") as file:
            # Behind the name, which may hold anything, in parentheses.
            fields = file.read().rpartition(b")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """MB that the process holds."""
        return measure.memory(self._process.pid)[0]


def visit(page, photograph, count, answers):
    """Visitors who come at once; each waits for one answer after another.

    Args:
        page: a `Page`.
        photograph: an encoded picture.
        count: how many.
        answers: how often the slider of each moves.

    Returns:
        Wall seconds of every answer to a slider, the CPU seconds of the page
        for all of them, and the wall seconds that they took together.
    """
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        faces = list(pool.map(
            lambda _: _choose(page, photograph), range(count)
        ))
        cpu, wall = page.cpu_seconds(), time.perf_counter()
        taken = list(pool.map(
            lambda face: _drag(page, face, answers), faces
        ))
        return (
            list(itertools.chain(*taken)), page.cpu_seconds() - cpu,
            time.perf_counter() - wall,
        )


def _choose(page, photograph):
    picture = json.loads(_post(page, "/api/pictures", photograph))["picture"]
    chosen = _post(
        page, "/api/faces", json.dumps({"picture": picture}).encode()
    )
    return json.loads(chosen)["face"]


def _drag(page, face, answers):
    """From 0 to 1 of one expression after another."""
    seconds = []
    for number in range(answers):
        turn, percent = divmod(number, 20)
        wish = {"mix": [{
            "what": EXPRESSIONS[turn % len(EXPRESSIONS)],
            "intensity": percent / 19,
        }]}
        start = time.perf_counter()
        _post(page, f"/api/faces/{face}/edit", json.dumps(wish).encode())
        seconds.append(time.perf_counter() - start)
    return seconds


def _post(page, path, content):
    kind = "application/json" if content[:1] == b"{" else "image/jpeg"
    request = urllib.request.Request(
        page.address + path, content, {"Content-Type": kind}
    )
    with urllib.request.urlopen(request) as answer:
        return answer.read()
