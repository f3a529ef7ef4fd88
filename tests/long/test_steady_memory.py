"""Both servers under a trickle of good and bad requests for an hour.

Their memory must not grow: EXPRGAN_MINUTES says for how long (60).
"""

import base64
import collections
import http.client
import io
import json
import os
import random
import threading
import time

import numpy as np
import pytest
import skimage.data
from PIL import Image
from servers import memory_of, running

MINUTES = float(os.environ.get("EXPRGAN_MINUTES", "60"))
# Of requests to a server; of looks at its memory.
PACE_SECONDS, LOOK_SECONDS = 0.5, min(120.0, MINUTES * 2)
# Between the means of the second and of the last quarter: libraries fill
# caches and break memory into pieces in the first.
MOST_GROWTH_MB = 40
PREDICT = "/v1/models/exprgan:predict"
SCORES = [0.0] * 5 + [1.0]
KINDS = {
    "JPEG": {}, "PNG": {}, "WEBP": {}, "GIF": {}, "BMP": {}, "TIFF": {},
    "AVIF": {},
}


def photographs(generator):
    """Bytes of one photograph in all kinds and many sizes."""
    whole = Image.fromarray(skimage.data.astronaut())
    made = []
    for kind, options in KINDS.items():
        for _ in range(3):
            side = generator.randint(200, 900)
            file = io.BytesIO()
            whole.resize((side, generator.randint(200, 900))).save(
                file, kind, **options
            )
            made.append(file.getvalue())
    return made


def broken(data, generator):
    """The same with a few bytes changed, or cut off."""
    data = bytearray(data)
    for _ in range(generator.randint(1, 5)):
        data[generator.randrange(len(data))] = generator.randrange(256)
    if generator.random() < 0.3:
        del data[generator.randrange(len(data)):]
    return bytes(data)


class Trickle:
    """Requests to a server, one after the other.

    Attributes:
        counts: answers by status.

    Args:
        port: of the server.
        generator: a `random.Random`.
    """

    def __init__(self, port, generator):
        self.counts = collections.Counter()
        self._port, self._random = port, generator
        self._photographs = photographs(generator)
        self._tokens = collections.deque(maxlen=20)

    def run(self, until):
        """Sends requests until then, by `time.monotonic`."""
        while time.monotonic() < until:
            start = time.monotonic()
            self._random.choice(self.kinds)(self)
            time.sleep(max(start + PACE_SECONDS - time.monotonic(), 0.05))

    def ask(self, path, body=None, method="POST"):
        """The content of an answer, which is no 5xx but 503."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=300
        )
        if isinstance(body, dict | list):
            body = json.dumps(body).encode()
        connection.request(method, path, body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.counts[answer.status] += 1
        assert answer.status < 500 or answer.status == 503, content[:300]
        return content if answer.status == 200 else None

    def cut_off(self, path):
        """A client that goes away in the middle."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=300
        )
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", "1000000")
        connection.endheaders()
        connection.send(bytes(self._random.randrange(1000)))
        connection.close()
        self.counts["cut off"] += 1

    def picture(self, share_of_broken=0.3):
        data = self._random.choice(self._photographs)
        if self._random.random() < share_of_broken:
            return broken(data, self._random)
        return data

    def misdirected(self):
        self.ask(f"/{self._random.random()}", b"{}")
        self.ask("/health", method="HEAD")


class Rest(Trickle):
    """Of `exprgan serve`."""

    def _predict(self, signature, row, count=1):
        return self.ask(PREDICT, {
            "signature_name": signature, "instances": [row] * count,
        })

    def encoded(self):
        self._predict("edit_bytes", {
            "image_bytes": {"b64": base64.b64encode(self.picture()).decode()},
            "scores": SCORES, "intensity": self._random.choice([0.5, 1, 7]),
        }, self._random.randint(1, 6))

    def numbers(self):
        side = self._random.choice([64, 64, 63])
        self._predict("edit", {
            "image": np.zeros((side, side, 3)).tolist(), "scores": SCORES,
            "intensity": 1.0,
        }, self._random.randint(1, 3))

    def new_face(self):
        self._predict("generate", {
            "scores": SCORES, "intensity": 1.0,
            "seed": self._random.randrange(2**31),
        })

    def wrong(self):
        self.ask(PREDICT, self._random.choice([
            b"[" * 10**5, b'"' + b"x" * 10**6, b"", b"{}", b"\xff" * 1000,
            b" " * 33_000_000,
        ]))

    def gone(self):
        self.cut_off(PREDICT)

    kinds = (encoded, numbers, new_face, wrong, gone, Trickle.misdirected)


class Page(Trickle):
    """Of `exprgan app`."""

    def upload(self):
        answer = self.ask("/api/pictures", self.picture())
        if answer:
            asked = {"picture": json.loads(answer)["picture"]}
            self._choose(asked)
            self.ask("/api/expressions", asked)

    def person(self):
        self._choose({
            "kind": "person", "number": self._random.randrange(2**31),
        })

    def _choose(self, asked):
        answer = self.ask("/api/faces", asked)
        if answer:
            self._tokens.append(json.loads(answer)["face"])

    def _of_a_face(self, what, body):
        if self._tokens:
            token = self._random.choice(self._tokens)
            self.ask(f"/api/faces/{token}/{what}", body)

    def edit(self):
        self._of_a_face("edit", {
            "mix": [{"what": self._random.choice(["sad", "happy", "none"]),
                     "intensity": self._random.random()}],
            "view": self._random.choice(["face", "photograph"]),
            "full": self._random.random() < 0.3,
        })

    def shown(self):
        self._of_a_face(self._random.choice(["grid", "animation"]), {
            "mix": [{"what": "angry", "intensity": 1}],
        })

    def wrong(self):
        self._of_a_face("edit", self._random.choice([
            b"[" * 10**5, b'"' + b"x" * 10**6, b"", b"\xff" * 1000,
            b" " * 3_000_000,
        ]))

    def gone(self):
        self.cut_off("/api/pictures")

    kinds = (
        upload, person, edit, edit, edit, shown, wrong, gone,
        Trickle.misdirected,
    )


SERVERS = {
    "serve": (Rest, ()),
    # What the page keeps on purpose must be full early.
    "app": (Page, ("--keep_mb=32",)),
}


def watched(command):
    """Megabytes of a server at each look, with what it answered."""
    kind, flags = SERVERS[command]
    until = time.monotonic() + 60 * MINUTES
    with running(command, *flags) as (port, pid):
        trickle = kind(port, random.Random(0))
        failed, used = [], []

        def send():
            try:
                trickle.run(until)
            except BaseException as error:
                failed.append(error)
                raise

        thread = threading.Thread(target=send)
        thread.start()
        while thread.is_alive():
            thread.join(LOOK_SECONDS)
            used.append(memory_of(pid))
            print(
                f"{command}: {used[-1]} MB after "
                f"{sum(trickle.counts.values())} requests", flush=True,
            )
        assert not failed, failed
    print(f"{command}: {dict(trickle.counts)}")
    return used


@pytest.mark.parametrize("command", SERVERS)
def test_memory_does_not_grow(command):
    used = watched(command)
    quarter = max(len(used) // 4, 1)
    before, after = (
        float(np.mean(part))
        for part in (used[quarter : 2 * quarter], used[-quarter:])
    )
    assert after - before < MOST_GROWTH_MB, used
