"""The server of a model as a process, and requests to it."""

import base64
import http.client
import io
import json
import signal
import subprocess
import sys

import numpy as np
from PIL import Image

MODEL = "/v1/models/exprgan"
PREDICT = f"{MODEL}:predict"
START_SECONDS = 120


class Server:
    """The command, as a process, and what it says."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exprgan_tf.serve", "--port=0",
             *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for line in self.process.stdout:
            if line.startswith("serving at"):
                break
        else:
            raise AssertionError(self.process.stderr.read())
        host, _, port = line.split("/")[2].partition(":")
        self.address = host, int(port)

    def ask(self, path, body=None, method=None):
        """Status, JSON and headers; bodies that are no bytes as JSON."""
        connection = http.client.HTTPConnection(
            *self.address, timeout=START_SECONDS
        )
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        try:
            connection.request(
                method or ("GET" if body is None else "POST"), path, body
            )
            answer = connection.getresponse()
            return answer.status, json.load(answer), answer.headers
        finally:
            connection.close()

    def predict(self, **request):
        status, answer, _ = self.ask(PREDICT, request)
        assert status == 200, answer
        return answer

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=60)
        return self.process.returncode, output, errors


def row(index=0, **changes):
    generator = np.random.default_rng(index)
    return {
        "image": generator.uniform(-1, 1, (32, 32, 3)).round(4).tolist(),
        "scores": [0.0, 1.0, 0.0], "intensity": 0.5, **changes,
    }


def b64(content):
    return {"b64": base64.b64encode(content).decode()}


def picture(size=(50, 40), format="PNG"):
    file = io.BytesIO()
    Image.new("RGB", size, (200, 120, 90)).save(file, format)
    return file.getvalue()


def picture_row(**changes):
    return {"image_bytes": b64(picture()), "scores": [1, 0, 0],
            "intensity": 1, **changes}
