"""What the page's server refuses, and what it keeps."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from commands import ROOT, assert_one_clear_line, run_here
from conftest import tiny_config
from page_driver import (
    HOME,
    client,
    edit,
    face,
    file_of,
    image_of,
    photograph,
    picture,
    studio,
    upload,
)
from PIL import Image
from starlette.datastructures import Address
from starlette.testclient import TestClient

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.page import limits
from exprgan_tf.page.memory import Forgotten, Memory
from exprgan_tf.page.routes import make_app
from exprgan_tf.page.settings import Settings
from exprgan_tf.page.studio import Studio


@pytest.mark.parametrize("path", [
    "/index.html", "/page.py", "/../studio.py", "/%2e%2e/studio.py",
    "/..%2fstudio.py", "//etc/passwd", "/static/page.js", "/docs",
    "/openapi.json", "/api/faces/..%2f..%2fapp/photograph",
])
def test_no_other_path_is_reachable(client, path):
    answer = client.get(path)

    assert answer.status_code in (404, 410)
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/", 200), ("GET", "/nowhere", 404), ("POST", "/api/faces", 422),
    ("POST", "/api/pictures", 422),
])
def test_every_answer_has_the_headers(client, method, path, status):
    answer = client.request(method, path)

    assert answer.status_code == status
    for name, text in limits.HEADERS.items():
        assert answer.headers[name] == text


def test_other_names_and_other_sites_are_refused(client, studio):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    for host in ("localhost:1", "127.0.0.1", "[::1]:7860"):
        assert client.get("/", headers={"host": host}).status_code == 200
    for origin in ("http://evil.example", "null", "http://127.0.0.1:7861"):
        answer = client.post(
            "/api/faces", json={"kind": "person"}, headers={"origin": origin}
        )
        assert answer.status_code == 403
    own = client.post(
        "/api/faces", json={"kind": "person"}, headers={"origin": HOME}
    )
    assert own.status_code == 200
    everywhere = TestClient(make_app(studio, Settings(host="0.0.0.0")))
    assert everywhere.get("/").status_code == 200


@pytest.mark.parametrize("data, part", [
    (b"I am a text\n" * 50, "not an image that can be read"),
    (b"", "not an image that can be read"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
    (file_of(Image.new("L", (8000, 5000))), "at most 25 million"),
    (file_of(Image.new("RGB", (300, 300), "tan")), "No face was found"),
])
def test_pictures_that_cannot_be_used(client, data, part):
    answer = upload(client, data)

    assert answer.status_code == 422
    assert answer.json()["code"] == "unusable"
    assert part in answer.json()["message"]


def test_too_large_files_are_refused_while_they_arrive(studio):
    client = TestClient(
        make_app(studio, Settings(max_upload_mb=0.01)), base_url=HOME
    )

    announced = upload(client, bytes(10_001))
    streamed = upload(client, (bytes(1000) for _ in range(100)))

    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"


def test_nothing_is_written_to_disk(client):
    # Once without looking: libraries compile and cache what they need.
    data = file_of(Image.effect_noise((2200, 1600), 90).convert("RGB"))
    data = file_of(photograph((40, 60))) + data
    assert len(data) > 5e6
    written = []
    watching = True

    def watch(event, arguments):
        if watching and event == "open":
            path, mode, flags = arguments
            if flags & 3 or set(str(mode)) & set("wax+"):
                written.append(path)
        elif watching and event in ("os.mkdir", "tempfile.mkstemp"):
            written.append(arguments)

    sys.addaudithook(watch)
    found = upload(client, data).json()
    face = client.post(
        "/api/faces", json={"picture": found["picture"]}
    ).json()["face"]
    for view in ("face", "photograph"):
        image_of(edit(client, face, ("happy", 1), view=view, full=True))
    image_of(client.post(f"/api/faces/{face}/grid"))
    watching = False

    assert written == []


@pytest.mark.parametrize("mix", [
    [("furious", 1)], [("happy", 1.5)], [("happy", -0.1)], [([0.5] * 5, 1)],
    [("happy", "much")], [("happy", 0.1)] * 9,
])
def test_wrong_wishes(client, face, mix):
    answer = edit(client, face, *mix)

    assert answer.status_code == 422
    assert answer.json()["message"]


def test_wrong_numbers(client, picture, face):
    not_a_number = client.post(
        f"/api/faces/{face}/edit",
        content='{"mix": [{"what": "happy", "intensity": NaN}]}',
        headers={"content-type": "application/json"},
    )
    assert not_a_number.status_code == 422
    for chosen in ({"picture": picture, "number": 9}, {"picture": None},
                   {"kind": "example", "number": 99},
                   {"kind": "person", "number": -1}):
        answer = client.post("/api/faces", json=chosen)
        assert answer.status_code in (410, 422), chosen
    for name in ("neutral", "furious"):
        answer = client.post(
            "/api/expressions", json={"picture": picture, "expression": name}
        )
        assert answer.status_code == 422


def test_forgotten_faces_say_so(client):
    for answer in (
        edit(client, "no-such-token"),
        client.post("/api/faces", json={"picture": "no-such-token"}),
    ):
        assert answer.status_code == 410
        assert answer.json()["code"] == "forgotten"


def test_too_many_requests(studio):
    settings = Settings(uploads_per_minute=2, requests_per_minute=6)
    client = TestClient(make_app(studio, settings), base_url=HOME)

    uploads = [upload(client, b"text").json()["code"] for _ in range(3)]
    others = [client.get("/api/model").status_code for _ in range(4)]

    assert uploads == ["unusable", "unusable", "too_many"]
    assert others == [200, 200, 200, 429]


class Thing:
    size = 40


def test_memory_forgets_the_least_used_and_the_old():
    memory = Memory(100, minutes=60)
    first, second = memory.keep(Thing()), memory.keep(Thing())
    memory.get(first)
    memory.keep(Thing())

    assert memory.get(first)
    with pytest.raises(Forgotten):
        memory.get(second)
    short = Memory(100, minutes=0)
    with pytest.raises(Forgotten):
        short.get(short.keep(Thing()))


class Asking:
    """A request, of which a lane wants to know who sends it."""

    def __init__(self, host):
        self.client = Address(host, 1)


def test_who_asks_for_much_keeps_nobody_out():
    """The 17th piece of one client is refused, another's is next."""
    async def crowd():
        lane, done = limits.Lane(most_waiting=18), []

        async def ask(host):
            await lane.run(Asking(host), time.sleep, 0.01)
            done.append(host)

        answers = await asyncio.gather(
            *(ask("eager") for _ in range(17)), ask("visitor"),
            ask("another"), ask("late"), return_exceptions=True,
        )
        await ask("eager")
        return done, [
            getattr(answer, "status", None) for answer in answers
        ]

    done, answers = asyncio.run(crowd())

    assert done.index("visitor") == 1
    assert done.index("another") == 2
    assert answers == [None] * 16 + [503, None, None, 503]


@pytest.mark.parametrize("model_type", ["cgan", "aae"])
def test_models_that_do_not_edit_are_refused(model_type):
    model = ExprGAN(tiny_config(model_type=model_type))
    with pytest.raises(UserError, match=model_type):
        Studio(model, None)


def test_the_command_refuses_in_one_line(studio, tmp_path, capsys):
    studio.model.save(tmp_path / "tiny.keras")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_here(
            "app", f"--model={tmp_path}/tiny.keras", f"--port={port}",
            capsys=capsys,
        )
    assert_one_clear_line(result, f"--port={port}")
    result = run_here("app", "--model=x", "--keep_mb=20", capsys=capsys)
    assert_one_clear_line(result, "--keep_mb=20")


def test_the_command_serves_until_it_is_interrupted(studio, tmp_path):
    studio.model.save(tmp_path / "tiny.keras")
    process = subprocess.Popen(
        [sys.executable, "-m", "exprgan_tf.app", "--port=0",
         f"--model={tmp_path}/tiny.keras"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )
    try:
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        with urllib.request.urlopen(address) as answer:
            assert b"<h1>ExprGAN</h1>" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[1] == ""
    finally:
        process.kill()
    assert process.returncode == 0
