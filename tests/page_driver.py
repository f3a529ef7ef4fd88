"""Users of the page for its tests: of its server, and in a browser."""

import contextlib
import functools
import io
import socket
import threading

import numpy as np
import pytest
import uvicorn
from conftest import tiny_config
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from starlette.testclient import TestClient
from test_alignment import on_canvas

from exprgan_tf import ExprGAN
from exprgan_tf.editing.transferring import guess_labels
from exprgan_tf.page.routes import make_app
from exprgan_tf.page.settings import Settings
from exprgan_tf.page.studio import EXAMPLES, STATIC, Studio

HOME = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def studio():
    model = ExprGAN(tiny_config())
    return Studio(
        model, functools.partial(guess_labels, model), refine="none",
        max_pixels=25_000_000,
    )


@pytest.fixture(scope="module")
def client(studio):
    return TestClient(make_app(studio), base_url=HOME)


def photograph(*places, size=(500, 400)):
    """A picture with an example face at each place."""
    picture = Image.new("RGB", size, (90, 110, 100))
    for example, place in zip(EXAMPLES, places, strict=False):
        face = np.asarray(Image.open(STATIC / example))
        picture.paste(on_canvas(face, 170, 8, (0, 0), (170, 170)), place)
    return picture


def file_of(picture, form="PNG"):
    buffer = io.BytesIO()
    picture.save(buffer, form)
    return buffer.getvalue()


def image_of(answer):
    assert answer.status_code == 200, answer.text
    image = Image.open(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == f"image/{image.format.lower()}"
    return image


def upload(client, data):
    return client.post("/api/pictures", content=data)


def edit(client, face, *mix, **wish):
    return client.post(f"/api/faces/{face}/edit", json={
        "mix": [{"what": what, "intensity": share} for what, share in mix],
        **wish,
    })


def pixels(answer):
    return np.asarray(image_of(answer)).astype(int)


@pytest.fixture(scope="module")
def picture(client):
    return upload(
        client, file_of(photograph((40, 60), (280, 180)))
    ).json()["picture"]


@pytest.fixture(scope="module")
def face(client, picture):
    answer = client.post("/api/faces", json={"picture": picture})
    assert 0.1 < answer.json()["center"] < 0.8
    return answer.json()["face"]


class Server:
    """The page on a port of its own, to be stopped and started again."""

    def __init__(self, studio):
        self.studio = studio
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.start()

    def start(self):
        listener = socket.create_server(("127.0.0.1", self.port))
        self._server = uvicorn.Server(uvicorn.Config(
            make_app(self.studio, Settings(uploads_per_minute=1000)),
            log_level="error", timeout_graceful_shutdown=1,
        ))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}
        )
        self._thread.start()

    def stop(self):
        self._server.should_exit = True
        self._thread.join()


class Page:
    """What a user sees and does."""

    def __init__(self, browser, server):
        self.browser = browser
        self.origin = f"http://127.0.0.1:{server.port}"
        browser.get(self.origin)
        self.wait(self.is_ready)

    def __getitem__(self, name):
        return self.browser.find_element(By.ID, name)

    def wait(self, condition):
        return WebDriverWait(self.browser, 60).until(lambda _: condition())

    def is_ready(self):
        return (
            self["frame"].get_attribute("aria-busy") == "false"
            and self["after"].get_attribute("alt")
        )

    def pixels(self, image="after"):
        """The picture that is shown, as its file's pixels."""
        return self.browser.execute_script("""
            const image = document.getElementById(arguments[0]);
            const canvas = document.createElement("canvas");
            canvas.width = image.naturalWidth;
            canvas.height = image.naturalHeight;
            canvas.getContext("2d").drawImage(image, 0, 0);
            return canvas.toDataURL();""", image)

    @contextlib.contextmanager
    def another_picture(self):
        """Waits until what is done changes the picture."""
        before = self.pixels()
        yield
        # A picture that is not decoded yet has no pixels.
        self.wait(
            lambda: self.is_ready() and self.pixels() not in (before, "data:,")
        )

    def open(self, path, control="file"):
        self[control].send_keys(str(path))

    def open_photo(self, path):
        with self.another_picture():
            self.open(path)

    def press(self, name, *keys):
        self[name].send_keys(*keys)

    def pick(self, group, value):
        self.browser.find_element(
            By.CSS_SELECTOR, f"input[name={group}][value='{value}']"
        ).send_keys(Keys.SPACE)

    def message(self):
        """What is wrong; empty when nothing is."""
        return self["message"].text
