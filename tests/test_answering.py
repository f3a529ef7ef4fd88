"""What both servers do with clients that are slow, many or not meant."""

import asyncio
import contextlib
import http.client
import logging.handlers
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from commands import ROOT
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

from exprgan_tf.answering import server as running
from exprgan_tf.answering.bodies import Bodies
from exprgan_tf.answering.guard import Guard
from exprgan_tf.answering.refusals import (
    Refusal,
    allowed_names,
    require_allowed,
)
from exprgan_tf.answering.turns import Turns
from exprgan_tf.support.listening import bind


class Sent:
    """A request whose body comes in parts, with pauses between them."""

    def __init__(self, *parts, pause=0.0):
        self.parts, self.pause = parts, pause

    async def stream(self):
        for part in self.parts:
            await asyncio.sleep(self.pause)
            if part is None:
                raise ClientDisconnect
            yield part


async def length_of(bodies, request, held=0.0):
    try:
        async with bodies.body(request) as data:
            await asyncio.sleep(held)
            return len(data)
    except Refusal as refusal:
        return refusal.status


@pytest.mark.parametrize("request_body, wanted", [
    (Sent(), 0), (Sent(b"abc", b"de"), 5), (Sent(b"x" * 10), 10),
    (Sent(b"x" * 11), 413), (Sent(*[b"x" * 9] * 9), 413),
    (Sent(b"x", None), 400), (Sent(b"x", pause=0.2), 408),
    (Sent(*[b"x"] * 9, pause=0.04), 408),
])
def test_bodies(request_body, wanted):
    bodies = Bodies(10, seconds=0.25, part_seconds=0.1)
    assert asyncio.run(length_of(bodies, request_body)) == wanted


def test_bodies_that_trickle_make_room_for_others():
    """Room is for eight of ten bytes."""
    async def crowd():
        bodies = Bodies(10, seconds=9, part_seconds=5)
        slow = [
            asyncio.create_task(length_of(bodies, Trickle()))
            for _ in range(8)
        ]
        await asyncio.sleep(0.05)
        quick = await asyncio.gather(
            *(length_of(bodies, Sent(b"x" * 10)) for _ in range(6))
        )
        ended = [task for task in slow if task.done()]
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return quick, [task.result() for task in ended], bodies._taken

    class Trickle:
        async def stream(self):
            yield b"x" * 9
            await asyncio.sleep(4)
            yield b"x"

    quick, ended, taken = asyncio.run(crowd())
    assert quick == [10] * 6
    assert set(ended) == {408}
    assert taken == 0


def test_bodies_that_are_in_use_do_not():
    async def crowd():
        bodies = Bodies(10)
        return await asyncio.gather(*(
            length_of(bodies, Sent(b"x" * 10), held=0.05) for _ in range(9)
        ))

    assert sorted(asyncio.run(crowd())) == [10] * 8 + [503]


def test_small_work_passes_large_work():
    async def crowd():
        turns, order, may_end = Turns(), [], threading.Event()

        async def ask(name, seconds):
            await turns.run(seconds, may_end.wait, 10)
            order.append(name)

        gone = asyncio.create_task(ask("gone", 0.1))
        asking = [asyncio.create_task(ask(name, seconds)) for name, seconds in (
            ("large", 9.0), ("larger", 10.0), ("small", 0.001),
        )]
        await asyncio.sleep(0.001)
        gone.cancel()
        may_end.set()
        await asyncio.gather(*asking)
        turns.close()
        return order

    assert asyncio.run(crowd()) == ["small", "large", "larger"]


def test_work_apart_may_end_its_process():
    """A decoder that crashes ends one answer, not the server."""
    async def three():
        turns = Turns(apart=True)
        answers = []
        for function, argument in ((abs, -2), (os._exit, 1), (abs, -3)):
            try:
                answers.append(await turns.run(1.0, function, argument))
            except Refusal as refusal:
                answers.append(refusal.status)
        own = await turns.run(1.0, os.getpriority, os.PRIO_PROCESS, 0)
        turns.close()
        return answers, own

    answers, priority = asyncio.run(three())
    assert answers == [2, 503, 3]
    assert priority > os.getpriority(os.PRIO_PROCESS, 0)


def scope(**headers):
    return {"type": "http", "headers": [
        (name.encode(), text.encode()) for name, text in headers.items()
    ]}


@pytest.mark.parametrize("host, named, header, fits", [
    ("127.0.0.1", (), "localhost:7860", True),
    ("127.0.0.1", (), "[::1]:7860", True),
    ("127.0.0.1", (), "evil.example", False),
    ("127.0.0.1", (), "localhost.evil.example", False),
    ("127.0.0.1", (), "", False), ("127.0.0.1", (), "[", False),
    ("127.0.0.2", (), "127.0.0.2", True), ("0.0.0.0", (), "any.example", True),
    ("0.0.0.0", ("Faces.example",), "FACES.example:80", True),
    ("0.0.0.0", ("faces.example",), "localhost", True),
    ("0.0.0.0", ("faces.example",), "any.example", False),
])
def test_names(host, named, header, fits):
    with contextlib.nullcontext() if fits else pytest.raises(Refusal):
        require_allowed(scope(host=header), allowed_names(host, named))


@pytest.mark.parametrize("origin, fits", [
    ("http://a.example", True), ("https://a.example", True),
    ("http://a.example:1", False), ("null", False), ("http://[", False),
])
def test_origins(origin, fits):
    with contextlib.nullcontext() if fits else pytest.raises(Refusal):
        require_allowed(scope(host="a.example", origin=origin), None)


@contextlib.contextmanager
def serving(app, **options):
    """An application in a thread: its address, and uvicorn's server."""
    made, real = [], running.uvicorn.Server
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running.signal, "signal", lambda *_: None)
        patch.setattr(
            running.uvicorn, "Server",
            lambda config: made.append(real(config)) or made[-1],
        )
        listener, ready = bind("127.0.0.1", 0), threading.Event()
        thread = threading.Thread(
            target=running.serve,
            args=(app, listener, lambda _: ready.set()), kwargs=options,
        )
        thread.start()
        assert ready.wait(10)
        try:
            yield listener.getsockname(), made[0]
        finally:
            made[0].should_exit = True
            thread.join()
            listener.close()


@pytest.fixture
def address(monkeypatch):
    """A server that waits a third of a second for a head."""
    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        await asyncio.sleep(0.5 if scope["path"] == "/slow" else 0)
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    monkeypatch.setattr(running, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(running, "MOST_CONNECTIONS", 40)
    with serving(app) as (address, _):
        yield address


def test_what_a_server_that_stops_waits_for_is_refused():
    """In a sentence, and not in a log."""
    async def app(scope, receive, send):
        if scope["type"] == "http":
            begun.set()
            await asyncio.sleep(60)

    def refuse(refusal):
        return PlainTextResponse(str(refusal), refusal.status)

    begun, answers = threading.Event(), []
    with serving(Guard(app, None, refuse), stop_seconds=0.2) as (
        address, server
    ):
        log = logging.handlers.BufferingHandler(100)
        logging.getLogger("uvicorn.error").addHandler(log)
        asking = threading.Thread(
            target=lambda: answers.append(ask(address))
        )
        asking.start()
        assert begun.wait(10)
        server.should_exit = True
        asking.join()
    assert answers == [b"The server stops."]
    assert len(log.buffer) == 1
    assert log.buffer[0].exc_info is None


def ask(address, path="/"):
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def test_half_sent_requests_keep_nobody_out(address):
    half = [socket.create_connection(address) for _ in range(100)]
    for one in half:
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
    start = time.monotonic()
    assert ask(address) == b"ok"
    assert ask(address, "/slow") == b"ok"
    assert time.monotonic() - start < 5
    # All of them were ended meanwhile.
    for one in half:
        one.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert one.recv(1) == b""
        one.close()


def test_a_second_half_sent_request_is_ended_too(address):
    with socket.create_connection(address) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in one.recv(1000)
        one.sendall(b"GET / HTTP/1.1\r\nHo")
        one.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            while one.recv(1000):
                pass


def test_circles_that_come_later_are_looked_for(tmp_path):
    """In a process of its own, whose objects are not left to the others."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""
        import gc

        from exprgan_tf.answering.server import pass_over_what_is_there

        there = [[] for _ in range(1_000_000)]
        pass_over_what_is_there()
        before = gc.get_stats()[2]["collections"]
        later = [[] for _ in range(200_000)]
        print(gc.get_stats()[2]["collections"] - before, gc.get_freeze_count())
    """))
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    looks, frozen = map(int, result.stdout.split())
    assert looks >= 1, result.stderr
    assert frozen >= 1_000_000
