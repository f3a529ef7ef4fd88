"""Requests that are joined, without HTTP."""

import asyncio
import time

import numpy as np
import pytest
from conftest import tiny_config
from starlette.testclient import TestClient

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.exporting.folder import export
from exprgan_tf.serving import app
from exprgan_tf.serving.app import make_app
from exprgan_tf.serving.batching import Batcher
from exprgan_tf.serving.errors import RequestError
from exprgan_tf.serving.limits import Limits
from exprgan_tf.serving.servable import Servable
from exprgan_tf.serving.tensors import write_answer

# Long enough that only a full run ends the waiting.
LONG_MS = 60_000.0


@pytest.fixture(scope="module")
def servable(tmp_path_factory):
    folder = tmp_path_factory.mktemp("servable") / "model"
    export(ExprGAN(tiny_config()), folder)
    return Servable.load(folder)


def identities(count, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "identity": generator.uniform(-1, 1, (count, 8)).astype("float32"),
        "code": -np.ones((count, 6), "float32"),
    }


def submitted(servable, limits, requests):
    """Answers, or errors, of requests that come at the same time."""
    async def together():
        async with Batcher(servable.run, servable.inputs, limits) as batcher:
            answers = await asyncio.gather(
                *(batcher.submit(*request) for request in requests),
                return_exceptions=True,
            )
            return answers, batcher

    return asyncio.run(together())


def test_requests_are_joined_and_parted(servable):
    limits = Limits(max_batch=4, batch_wait_ms=LONG_MS)
    requests = [
        ("decode", identities(count, count)) for count in (1, 1, 2)
    ]
    answers, batcher = submitted(servable, limits, requests)
    assert batcher.counts == {
        "requests": 3, "images": 4, "runs": 1, "largest": 4
    }
    assert batcher.waiting == 0
    for (name, inputs), answer in zip(requests, answers, strict=True):
        np.testing.assert_allclose(
            answer["face"], servable.run(name, inputs)["face"], atol=1e-5
        )


def test_a_run_is_not_larger_than_it_may_be(servable):
    limits = Limits(max_batch=4, batch_wait_ms=0)
    answers, batcher = submitted(
        servable, limits,
        [("decode", identities(count)) for count in (3, 2, 2, 9)],
    )
    assert [len(answer["face"]) for answer in answers] == [3, 2, 2, 9]
    # 2 and 2, then 3, then the one that is larger in parts.
    assert batcher.counts["runs"] == 5
    assert batcher.counts["largest"] == 4


def test_without_joining_each_runs_alone(servable):
    _, batcher = submitted(
        servable, Limits(max_batch=1), [("decode", identities(1))] * 5
    )
    assert batcher.counts["runs"] == 5


def test_signatures_are_not_mixed(servable):
    generate = {
        "scores": np.zeros((1, 3), "float32"),
        "intensity": np.ones(1, "float32"), "seed": np.ones(1, "int32"),
    }
    answers, batcher = submitted(
        servable, Limits(batch_wait_ms=20),
        [("decode", identities(1)), ("generate", generate)] * 2,
    )
    assert batcher.counts["runs"] == 2
    assert all(answer["face"].shape == (1, 32, 32, 3) for answer in answers)


def test_a_broken_picture_spoils_no_other_answer(servable):
    (png,) = servable.run("decode_bytes", identities(1))["face_bytes"]
    good, broken = (
        ("encode_bytes", {"image_bytes": np.array([content], object)})
        for content in (png, png[:40])
    )
    answers, _ = submitted(
        servable, Limits(max_batch=3, batch_wait_ms=LONG_MS),
        [good, broken, good],
    )
    assert [type(answer) for answer in answers] == [dict, RequestError, dict]
    assert answers[1].status == 400
    assert len(answers[0]["identity"]) == len(answers[2]["identity"]) == 1


def test_too_many_are_told_to_come_back(servable):
    answers, _ = submitted(
        servable, Limits(max_images=3, max_waiting=4, batch_wait_ms=20),
        [("decode", identities(3)), ("decode", identities(2)),
         ("decode", identities(1))],
    )
    assert [type(answer) for answer in answers] == [dict, RequestError, dict]
    assert answers[1].status == 503
    assert answers[1].headers == {"Retry-After": "1"}


def test_a_small_request_passes_a_large_one():
    order = []

    async def crowd():
        names, limits = {"decode": None}, Limits(max_batch=2, batch_wait_ms=0)
        async with Batcher(lambda name, given: given, names, limits) as one:
            async def ask(count):
                await one.submit("decode", {"x": np.zeros(count)})
                order.append(count)

            await asyncio.gather(ask(9), ask(8), ask(1))

    asyncio.run(crowd())
    assert order[0] == 1


def test_runs_get_as_short_as_others_can_wait_for():
    """A quarter of a second is 12 images of 0.02 s."""
    sizes = []

    def run(name, given):
        sizes.append(len(given["x"]))
        time.sleep(0.02 * sizes[-1])
        return given

    async def crowd():
        limits = Limits(max_batch=32, batch_wait_ms=0)
        async with Batcher(run, {"decode": None}, limits) as batcher:
            answers = [
                await batcher.submit("decode", {"x": np.arange(count)})
                for count in (6, 40)
            ]
            # Joined ones are no longer, either.
            await asyncio.gather(*(
                batcher.submit("decode", {"x": np.arange(1)})
                for _ in range(20)
            ))
            return answers

    answers = asyncio.run(crowd())

    # Careful before anything is known.
    assert sizes[:2] == [4, 2]
    assert 6 <= max(sizes[2:]) <= 12
    for answer, count in zip(answers, (6, 40), strict=True):
        np.testing.assert_array_equal(answer["x"], np.arange(count))


def test_large_requests_are_read_apart_and_answered_alike(
    servable, monkeypatch
):
    """What takes long is done in another process, its refusals, too."""
    asked = [
        {"signature_name": "decode", "inputs": {
            key: value.tolist() for key, value in identities(2).items()
        }},
        {"signature_name": "encode_bytes", "instances": ["no picture"]},
        {"instances": 3},
    ]

    def answers():
        with TestClient(
            make_app(servable, Limits()), base_url="http://127.0.0.1"
        ) as client:
            return [
                (answer.status_code, answer.json()) for answer in (
                    client.post("/v1/models/exprgan:predict", json=one)
                    for one in asked
                )
            ]

    here = answers()
    monkeypatch.setattr(app, "_SMALL_SECONDS", 0.0)
    assert answers() == here
    assert [status for status, _ in here] == [200, 400, 400]


def test_outputs_of_several_names_keep_them():
    outputs = {"a": np.array([1.5, 2.5], "float32"),
               "b_bytes": np.array([b"x", b"y"], object)}
    assert write_answer(outputs, by_row=True) == (
        b'{"predictions":[{"a":1.5,"b_bytes":{"b64":"eA=="}},'
        b'{"a":2.5,"b_bytes":{"b64":"eQ=="}}]}'
    )
    assert write_answer(outputs, by_row=False) == (
        b'{"outputs":{"a":[1.5,2.5],"b_bytes":[{"b64":"eA=="},{"b64":"eQ=="}]}}'
    )


def test_outputs_that_are_no_numbers_are_refused():
    face = np.array([[0.5, np.nan]], "float32")
    with pytest.raises(RequestError, match="out of its range"):
        write_answer({"face": face}, by_row=True)


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_what_is_no_saved_model(tmp_path, content):
    (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(UserError, match=tmp_path.name):
        Servable.load(tmp_path)


def test_a_saved_model_that_was_cut_off(servable, tmp_path):
    export(ExprGAN(tiny_config()), tmp_path / "cut")
    data, = (tmp_path / "cut" / "variables").glob("*.data*")
    data.write_bytes(data.read_bytes()[:1000])
    with pytest.raises(UserError, match="export it again"):
        Servable.load(tmp_path / "cut")
