"""A real server of a tiny model, asked over HTTP."""

import base64
import concurrent.futures
import http.client
import io
import json
import struct
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from commands import ROOT, assert_one_clear_line, run_here
from conftest import tiny_config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from test_commands import huge_png
from tiny_server import MODEL, PREDICT, Server, b64, picture, picture_row, row

from exprgan_tf import ExprGAN
from exprgan_tf.exporting.folder import export


@pytest.fixture(scope="module")
def model():
    return ExprGAN(tiny_config())


@pytest.fixture(scope="module")
def server(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "model.keras"
    model.save(path)
    server = Server(
        f"--model={path}", "--max_images=8", "--max_request_bytes=2000000",
        "--max_pixels=100000", "--max_request_pixels=200000",
    )
    yield server
    code, output, errors = server.stop()
    assert (code, errors) == (0, "")
    assert "stopped" in output


def test_rows_and_columns_give_what_the_model_gives(server, model):
    rows = [row(0), row(1)]
    images = np.array([one["image"] for one in rows], "float32")
    wanted = model.edit(images, "sad", 0.5, refine="none")
    by_row = server.predict(signature_name="edit", instances=rows)
    by_column = server.predict(inputs={
        key: [one[key] for one in rows] for key in rows[0]
    })
    np.testing.assert_allclose(by_row["predictions"], wanted, atol=1e-5)
    np.testing.assert_allclose(by_column["outputs"], wanted, atol=1e-5)


def test_one_input_needs_no_name(server, model):
    images = [row(0)["image"], row(1)["image"]]
    wanted = model.encode(np.array(images, "float32"))
    for request, key in (
        ({"instances": images}, "predictions"), ({"inputs": images}, "outputs"),
        ({"instances": [{"image": one} for one in images]}, "predictions"),
        ({"inputs": {"image": images}}, "outputs"),
    ):
        answer = server.predict(signature_name="encode", **request)
        np.testing.assert_allclose(answer[key], wanted, atol=1e-5)


def test_pictures_in_base64(server):
    answer = server.predict(
        signature_name="edit_bytes", instances=[picture_row()]
    )
    (face,) = answer["predictions"]
    edited = Image.open(io.BytesIO(base64.b64decode(face["b64"])))
    assert (edited.format, edited.size) == ("PNG", (32, 32))
    answer = server.predict(
        signature_name="encode_bytes", inputs=[b64(picture(format="JPEG"))]
    )
    assert np.shape(answer["outputs"]) == (1, 8)


def test_pictures_are_read_as_every_command_reads_them(server):
    """Turned upright; transparent pixels show no hidden colors."""
    values = np.random.default_rng(0).integers(0, 255, (40, 40, 3), "uint8")
    upright = Image.fromarray(values)

    def code(image, **options):
        file = io.BytesIO()
        image.save(file, "PNG", **options)
        return server.predict(
            signature_name="encode_bytes", inputs=[b64(file.getvalue())]
        )["outputs"]

    exif = Image.Exif()
    exif[0x0112] = 6
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    hidden = np.dstack([values, np.zeros((40, 40), "uint8")])
    white = Image.new("RGB", (40, 40), "white")
    assert code(turned, exif=exif) == code(upright) != code(turned)
    assert code(Image.fromarray(hidden)) == code(white) != code(upright)


def test_of_several_pictures_none_is_chosen(server):
    """The answer could not say which."""
    file, frames = io.BytesIO(), [Image.new("L", (9, 9), i) for i in range(3)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    status, answer, _ = server.ask(PREDICT, {
        "signature_name": "encode_bytes", "instances": [b64(file.getvalue())],
    })
    assert status == 400
    assert "image_bytes[0] holds 3 pictures" in answer["error"]


def test_head_is_get_without_the_body(server):
    connection = http.client.HTTPConnection(*server.address, timeout=60)
    for path in ("/health", f"{MODEL}/metadata", "/nowhere"):
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (
            404 if path == "/nowhere" else 200, b""
        )
        assert int(answer.headers["Content-Length"]) > 0
    connection.close()


def test_names_and_sites_that_are_not_ours(server):
    for headers, status in (
        ({"Host": "evil.example"}, 400), ({"Host": "localhost:1"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost", "Host": "localhost"}, 200),
    ):
        connection = http.client.HTTPConnection(*server.address, timeout=60)
        connection.request("GET", "/health", headers=headers)
        answer = connection.getresponse()
        assert answer.status == status
        assert ("error" in json.load(answer)) == (status != 200)
        connection.close()


def test_the_client_of_the_documents(server, tmp_path):
    text = (ROOT / "docs" / "serving.md").read_text()
    start = text.index("    import base64, json")
    code = textwrap.dedent(text[start : text.index("Faces must be", start)])
    code = code.replace("localhost:8501", "{}:{}".format(*server.address))
    code = code.replace("[0, 0, 0, 1, 0, 0]", "[0, 0, 1]")
    (tmp_path / "face.png").write_bytes(picture())
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    assert Image.open(tmp_path / "happy.png").size == (32, 32)


def test_seeds_make_people(server):
    answer = server.predict(signature_name="generate", instances=[
        {"scores": [0, 0, 0], "intensity": 0, "seed": seed}
        for seed in (1, 2, 1)
    ])
    first, second, third = np.array(answer["predictions"])
    np.testing.assert_allclose(first, third, atol=1e-5)
    assert np.abs(first - second).max() > 1e-3


def test_what_is_served(server):
    for path in (MODEL, f"{MODEL}/versions/1"):
        status, answer, _ = server.ask(path)
        assert status == 200
        (version,) = answer["model_version_status"]
        assert (version["version"], version["state"]) == ("1", "AVAILABLE")
        for ending in ("/metadata", ":metadata"):
            status, answer, _ = server.ask(path + ending)
            assert status == 200
            assert answer["model_spec"]["name"] == "exprgan"
            signatures = answer["metadata"]["signature_def"]["signature_def"]
            image = signatures["edit"]["inputs"]["image"]
            assert image["dtype"] == "DT_FLOAT"
            assert [
                size["size"] for size in image["tensor_shape"]["dim"]
            ] == ["-1", "32", "32", "3"]
            assert "face_bytes" in signatures["edit_bytes"]["outputs"]
    assert server.ask("/health")[1]["status"] == "ok"
    status, _, _ = server.ask(
        f"{MODEL}/versions/1:predict", {"instances": [row()]}
    )
    assert status == 200


@pytest.mark.parametrize("request_body, words", [
    (b"", "JSON"), (b"{", "JSON"), (b"\xff\xfe", "JSON"), (b"[]", "object"),
    (b"[" * 100_000, "JSON"),
    (b'{"instances": [NaN]}', "JSON"),
    (dict(), "one of"),
    (dict(instances=[row()], inputs={}), "one of"),
    (dict(instances=[]), "instances"),
    (dict(instances=row()), "instances"),
    (dict(instances=[row()] * 9), "1 to 8"),
    (dict(instances=[row()], signature_name="smile"), "edit_bytes"),
    (dict(instances=[row()], signature_name=3), "string"),
    (dict(instances=[{"image": row()["image"]}]), "scores"),
    (dict(instances=[row(more=1)]), "keys"),
    (dict(instances=[row(), row()["image"]]), "element 1"),
    (dict(instances=[row(intensity="much")]), "intensity"),
    (dict(instances=[row(intensity=True)]), "intensity"),
    (dict(instances=[row(intensity=None)]), "intensity"),
    (dict(instances=[row(intensity=[0.5])]), "intensity"),
    (dict(instances=[row(intensity=1e300)]), "infinity"),
    (dict(instances=[row(scores=[0, 1])]), "scores must be float32 [n, 3]"),
    (dict(instances=[row(scores=[0, [1], 0])]), "scores"),
    (dict(instances=[row(scores={"a": 1})]), "scores"),
    (dict(instances=[row(image=row()["image"][:-1])]), "[n, 32, 32, 3]"),
    (dict(inputs={"image": [], "scores": [], "intensity": []}), "1 to 8"),
    (dict(inputs={"image": 1, "scores": 1, "intensity": 1}), "lists"),
    (dict(inputs=[1, 2]), "lists"),
    (dict(inputs={**{key: [value] for key, value in row().items()},
                     "intensity": [1, 1]}), "length"),
    (dict(signature_name="generate", instances=[
        {"scores": [0, 0, 0], "intensity": 0, "seed": 0.5}]), "int32"),
    (dict(signature_name="generate", instances=[
        {"scores": [0, 0, 0], "intensity": 0, "seed": 2**40}]), "int32"),
    (dict(signature_name="encode", instances=[1, {"image": 1}]), "mixes"),
    (dict(signature_name="encode_bytes", instances=["text"]), "not an image"),
    (dict(signature_name="encode_bytes", instances=[{"b64": "*"}]), "b64"),
    (dict(signature_name="encode_bytes", instances=[{"b64": 1}]), "b64"),
    (dict(signature_name="encode_bytes", instances=[[b64(b"")]]), "b64"),
    (dict(signature_name="encode_bytes",
             instances=[b64(picture((1000, 101)))]), "pixels"),
    (dict(signature_name="encode_bytes",
             instances=[b64(picture()[:70])]), "not an image that can be"),
    (dict(signature_name="encode_bytes",
             instances=[b64(picture((300, 200), "JPEG")[:-30])]), "truncated"),
    (dict(signature_name="encode_bytes",
             instances=[b64(picture((300, 250)))] * 3), "225000 pixels"),
    (dict(instances=[row(intensity=5)]), "between 0 and 1"),
    (dict(instances=[row(intensity=-1)]), "between 0 and 1"),
    (dict(instances=[row(scores=[0, 2, 0])]), "between 0 and 1"),
    (dict(instances=[row(image=[[[255] * 3] * 32] * 32)]), "-1 and 1"),
])
def test_wrong_requests_get_one_clear_line(server, request_body, words):
    status, answer, _ = server.ask(PREDICT, request_body)
    assert status == 400
    assert words in answer["error"]
    assert "\n" not in answer["error"] and len(answer["error"]) < 300


def test_pictures_are_measured_before_they_are_decoded(server, tmp_path):
    huge_png(tmp_path / "huge.png")
    pixels = struct.pack(">I", 0) + b"IDAT"
    content = (tmp_path / "huge.png").read_bytes() + pixels
    status, answer, _ = server.ask(PREDICT, {
        "signature_name": "encode_bytes", "instances": [b64(content)],
    })
    assert status == 400
    assert "60000 x 50000 pixels" in answer["error"]


def test_large_bodies_are_refused(server):
    status, answer, _ = server.ask(PREDICT, b" " * 6_000_000)
    assert status == 413
    assert "2000000 bytes" in answer["error"]
    # In parts, without saying how many come.
    connection = http.client.HTTPConnection(*server.address, timeout=60)
    connection.request(
        "POST", PREDICT, iter([b" " * 1_500_000] * 4), encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("path, method, status", [
    ("/", "GET", 404), ("/v1/models/other", "GET", 404),
    ("/v1/models/other:predict", "POST", 404),
    (f"{MODEL}/versions/2:predict", "POST", 404),
    (PREDICT, "GET", 405), (MODEL, "DELETE", 405), ("/health", "POST", 405),
])
def test_wrong_addresses(server, path, method, status):
    answer = server.ask(path, b"{}" if method == "POST" else None, method)
    assert answer[0] == status
    assert MODEL in answer[1]["error"]


def test_many_at_once_get_their_own_answers(server, model):
    rows = [row(index) for index in range(100)]
    wanted = model.edit(
        np.array([one["image"] for one in rows], "float32"), "sad", 0.5,
        refine="none",
    )
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(
            lambda one: server.predict(instances=[one])["predictions"][0],
            rows,
        ))
    np.testing.assert_allclose(answers, wanted, atol=1e-5)
    counts = server.ask("/health")[1]
    assert counts["waiting"] == 0
    assert counts["runs"] <= counts["requests"] <= counts["images"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
INPUTS = st.sampled_from([
    "image", "other", "scores", "intensity", "label", "identity", "code",
    "seed", "image_bytes", "other_bytes",
])
VALUES = JSON | st.sampled_from([
    row()["image"], [0.0, 1.0, 0.0], 0.5, 7, b64(picture()),
]) | st.binary(max_size=60).map(lambda end: b64(picture()[:60] + end))
REQUESTS = st.fixed_dictionaries({}, optional={
    "signature_name": st.sampled_from([
        name + ending for name in
        ("edit", "encode", "decode", "transfer", "generate")
        for ending in ("", "_bytes")
    ]) | JSON,
    "instances": st.lists(
        st.dictionaries(INPUTS, VALUES) | VALUES, max_size=3
    ) | JSON,
    "inputs": st.dictionaries(INPUTS, st.lists(VALUES, max_size=3)) | JSON,
})
DAMAGED = st.tuples(
    st.sampled_from([row(), picture_row()]),
    st.sampled_from(["image", "image_bytes", "scores", "intensity"]), VALUES,
).map(lambda made: {
    "signature_name": "edit" if "image" in made[0] else "edit_bytes",
    "instances": [{**made[0], made[1]: made[2]}],
})


@settings(max_examples=250, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))
@given(body=st.one_of(
    DAMAGED, REQUESTS, JSON, st.binary(max_size=200),
))
def test_no_body_makes_it_fail(server, body):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    status, answer, _ = server.ask(PREDICT, body)
    assert status in (200, 400)
    assert (status == 200) == ("error" not in answer)


def test_a_stopping_server_finishes_what_runs(model, tmp_path):
    export(model, tmp_path / "exported")
    server = Server(
        f"--model={tmp_path}/exported", "--batch_wait_ms=3000",
        "--max_images=1", "--max_waiting=1", "--name=mine",
    )
    path = "/v1/models/mine:predict"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(server.ask, path, {"instances": [row()]})
        while not server.ask("/health")[1]["waiting"]:
            time.sleep(0.01)
        status, answer, headers = server.ask(path, {"instances": [row()]})
        code, _, errors = server.stop()
    assert (status, headers["Retry-After"]) == (503, "1")
    assert "later" in answer["error"]
    assert running.result()[0] == 200
    assert (code, errors) == (0, "")


def test_a_port_in_use(server, capsys):
    result = run_here(
        "serve", "--model=whatever", f"--port={server.address[1]}",
        capsys=capsys,
    )
    assert_one_clear_line(result, f"--port={server.address[1]}", "in use")


@pytest.mark.parametrize("arguments, parts", [
    (["--model=runs/nothing"], ["runs/nothing"]),
    (["--model=x", "--max_batch=0"], ["--max_batch=0"]),
    (["--model=x", "--max_waiting=2"], ["--max_waiting=2", "--max_images"]),
    (["--model=x", "--name=a/b"], ["--name=a/b"]),
    (["--model=x", "--host=256.0.0.1"], ["--host=256.0.0.1"]),
])
def test_serve_refuses_in_one_line(arguments, parts, capsys):
    result = run_here("serve", "--port=0", *arguments, capsys=capsys)
    assert_one_clear_line(result, *parts)
