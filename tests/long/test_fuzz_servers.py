"""10,000 requests that are wrong in every way, and 1,000 at once.

No answer may be a 5xx but 503, and nothing may be written to the log.
"""

import asyncio
import base64
import functools
import io
import json
import re
import socket
import time

import pytest
from conftest import tiny_config
from fuzzing import JSON, damaged, damaged_json, try_many
from hypothesis import strategies as st
from motion_data import shifting
from PIL import Image
from servers import memory_of, running
from starlette.testclient import TestClient

from exprgan_tf import ExprGAN
from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.request import ANIMATE, DECODER
from exprgan_tf.editing.transferring import guess_labels
from exprgan_tf.exporting.folder import export
from exprgan_tf.page import routes
from exprgan_tf.page.settings import Settings
from exprgan_tf.page.studio import EXAMPLES, STATIC, Studio
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.serving import app as rest
from exprgan_tf.serving.limits import Limits
from exprgan_tf.serving.servable import Servable

# What edits a photograph on the page.
METHODS = (DECODER, ANIMATE, MOTION)
PREDICT = "/v1/models/exprgan:predict"
HOME = "http://127.0.0.1"
FACE = (STATIC / EXAMPLES[0]).read_bytes()


def picture(kind="PNG", **options):
    file = io.BytesIO()
    image = Image.linear_gradient("L").resize((40, 30)).convert("RGB")
    image.save(file, kind, **options)
    return file.getvalue()


PICTURES = {kind: picture(kind) for kind in (
    "PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP",
)}
ANY_PICTURE = st.sampled_from(list(PICTURES.values())).flatmap(damaged)


@pytest.fixture(scope="module")
def model():
    return ExprGAN(tiny_config())


@pytest.fixture(scope="module")
def served(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "model"
    export(model, folder)
    app = rest.make_app(Servable.load(folder), Limits(max_pixels=10**6))
    with TestClient(app, base_url=HOME) as client:
        yield client


@pytest.fixture(scope="module", params=METHODS)
def page(model, request):
    studio = Studio(
        model, functools.partial(guess_labels, model), refine="none",
        max_pixels=10**6, method=request.param,
        motion=shifting() if request.param == MOTION else None,
    )
    return TestClient(routes.make_app(studio, Settings(
        uploads_per_minute=10**9, requests_per_minute=10**9, keep_mb=40,
    )), base_url=HOME)


def b64(content):
    return {"b64": base64.b64encode(content).decode()}


ROWS = {
    "edit": {"image": [[[0.5] * 3] * 32] * 32, "scores": [0.0, 1.0, 0.0],
             "intensity": 0.5},
    "edit_bytes": {"image_bytes": b64(PICTURES["PNG"]),
                   "scores": [1, 0, 0], "intensity": 1},
    "decode": {"identity": [0.1] * 8, "code": [-1.0] * 6},
    "generate": {"scores": [0, 0, 0], "intensity": 0, "seed": 1},
    "transfer_bytes": {"image_bytes": b64(PICTURES["JPEG"]),
                       "other_bytes": b64(PICTURES["BMP"]),
                       "label": [0, 1, 0]},
}
BODIES = st.one_of(
    st.sampled_from([
        {"signature_name": name, form: value} for name, row in ROWS.items()
        for form, value in (
            ("instances", [row]), ("instances", [row, row]),
            ("inputs", {key: [one] for key, one in row.items()}),
        )
    ]).flatmap(damaged_json),
    ANY_PICTURE.map(lambda data: json.dumps({
        "signature_name": "encode_bytes", "instances": [b64(data)],
    }).encode()),
    st.sampled_from(list(ROWS.items())).flatmap(
        lambda item: damaged(json.dumps({
            "signature_name": item[0], "instances": [item[1]],
        }).encode())
    ),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200),
    st.sampled_from([
        b"[" * 10**5, b'{"a":' * 10**5, b'"' + b"x" * 10**6,
    ]),
)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "origin", "accept", "x", "expect",
                     "content-encoding"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
    | st.sampled_from([HOME, "application/json", "gzip", "text/plain"]),
    max_size=2,
)
VERBS = st.sampled_from(
    ["GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]
)


def path_of(*known):
    text = st.text(
        st.characters(min_codepoint=33, max_codepoint=1000), max_size=40
    ).map(lambda text: "/" + re.sub(r"[?#\\]", "", text.lstrip("/")))
    return st.sampled_from(known * 4) | text | st.sampled_from(known).flatmap(
        lambda path: damaged(path.encode()).map(
            lambda data: "/" + data.decode("latin-1").replace("?", "")
            .replace("#", "").lstrip("/")
        )
    )


def requests(paths, bodies):
    return st.tuples(VERBS, paths, bodies, HEADERS)


def ask(client, key, request):
    method, path, body, headers = request
    try:
        answer = client.request(
            method, path, content=body, headers=headers,
            follow_redirects=False,
        )
    # What the client does not send.
    except client_errors() as error:
        assert "exprgan" not in str(error)
        return
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if answer.status_code >= 400 and method != "HEAD":
        message = answer.json()[key]
        assert message and "\n" not in message and "Traceback" not in message


def client_errors():
    import httpx2

    return (httpx2.InvalidURL, httpx2.UnsupportedProtocol,
            httpx2.LocalProtocolError)


def test_rest(served):
    paths = path_of(PREDICT, "/health", "/v1/models/exprgan/metadata")
    try_many(
        4000, st.tuples(st.just("POST"), st.just(PREDICT), BODIES,
                        st.just({})) | requests(paths, BODIES),
        functools.partial(ask, served, "error"),
    )


def test_page(page):
    found = page.post(
        "/api/pictures", content=example_photograph().read_bytes()
    ).json()
    face = page.post(
        "/api/faces", json={"picture": found["picture"]}
    ).json()["face"]
    asked = {
        "/api/faces": {"picture": found["picture"], "number": 0,
                       "kind": "picture"},
        "/api/expressions": {"picture": found["picture"],
                             "expression": "sad"},
        f"/api/faces/{face}/edit": {
            "mix": [{"what": "sad", "intensity": 0.5},
                    {"what": [0.5] * 6, "intensity": 1},
                    {"what": {"jawOpen": 0.5}, "intensity": 1}],
            "view": "photograph", "full": False,
        },
        f"/api/faces/{face}/animation": {"mix": []},
        f"/api/faces/{face}/grid": {},
        f"/api/faces/{face}/photograph": {},
    }
    targeted = st.sampled_from(list(asked.items())).flatmap(
        lambda item: st.tuples(
            st.just("POST"), st.just(item[0]),
            damaged_json(item[1]) if item[1] else BODIES, st.just({}),
        )
    )
    uploads = st.tuples(
        st.just("POST"), st.just("/api/pictures"),
        ANY_PICTURE | damaged(FACE), st.just({}),
    )
    try_many(
        1500, targeted | uploads | requests(path_of(*asked, "/"), BODIES),
        functools.partial(ask, page, "message"),
    )


@pytest.fixture(scope="module", params=["serve", "app"])
def process(request, model, tmp_path_factory):
    """A real server: its port, and a request that is good."""
    path = tmp_path_factory.mktemp("process") / "model.keras"
    model.save(path)
    body = json.dumps({
        "signature_name": "edit_bytes", "instances": [ROWS["edit_bytes"]],
    } if request.param == "serve" else {"kind": "person", "number": 3})
    with running(request.param, f"--model={path}") as (port, pid):
        yield (
            port, PREDICT if request.param == "serve" else "/api/faces",
            body.encode(), pid,
        )


def raw(path, body, more=b""):
    return (
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        b"application/json\r\n%sContent-Length: %d\r\n\r\n%s"
        % (path.encode(), more, len(body), body)
    )


def test_broken_http(process):
    port, path, body, _ = process
    good = raw(path, body)

    def send(data):
        with socket.create_connection(("127.0.0.1", port), 30) as one:
            try:
                one.sendall(data)
                one.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: one.recv(65536), b""))
            except ConnectionError:
                return
        assert not re.match(rb"HTTP/1.1 5(?!03)", answer), answer

    try_many(1000, st.one_of(
        damaged(good), damaged(good[: good.index(b"\r\n\r\n") + 4]),
        st.just(good.replace(b"Content-Length: ", b"Content-Length: 9")),
        st.just(good.replace(b"HTTP/1.1", b"HTTP/1.0")),
        st.just(good * 3), st.binary(max_size=300),
    ), send)
    assert_answers(port, path, body)


def test_a_thousand_at_once(process):
    port, path, body, pid = process

    async def ask(index):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw(path, body, b"Connection: close\r\n"))
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    async def crowd():
        return await asyncio.gather(*map(ask, range(1000)))

    assert_answers(port, path, body)
    start, before = time.monotonic(), memory_of(pid)
    statuses = asyncio.run(crowd())
    grown = memory_of(pid) - before
    counts = {one: statuses.count(one) for one in sorted(set(statuses))}
    print(f"{counts} in {time.monotonic() - start:.1f} s, +{grown} MB")
    assert set(counts) <= {200, 429, 503}
    assert counts[200] >= 10
    assert grown < 300
    assert_answers(port, path, body)


def assert_answers(port, path, body):
    with socket.create_connection(("127.0.0.1", port), 60) as one:
        one.sendall(raw(path, body))
        assert one.recv(100).startswith(b"HTTP/1.1 200")
