"""Running an application until it is told to stop."""

import contextlib
import gc
import signal
import socket

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from exprgan_tf.support.listening import url_of

# What a process may have open; a connection takes one.
OPEN_FILES = 65536
MOST_CONNECTIONS = 2000
BACKLOG = 2048
# For the head of a request, and for a client to take what it is sent.
HEAD_SECONDS, TAKING_SECONDS = 10.0, 60.0


class Punctual(H11Protocol):
    """A connection that is closed when it waits for a request too long.

    uvicorn waits for the rest of a head for ever. Where there are too many
    connections, the one that waits longest makes room.
    """

    def connection_made(self, transport):
        super().connection_made(transport)
        self._waits_since, self._clock = self.loop.time(), None
        self._wait()
        # Only Linux ends connections whose other side takes nothing.
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            with contextlib.suppress(OSError):
                transport.get_extra_info("socket").setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT,
                    int(TAKING_SECONDS * 1000),
                )
        if len(self.connections) > MOST_CONNECTIONS:
            idle = [one for one in self.connections if one.waits]
            min(idle, key=lambda one: one._waits_since).transport.abort()

    @property
    def waits(self):
        """Whether it has no request that is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data):
        super().data_received(data)
        if not self.waits:
            self._stop_waiting()
        elif self._clock is None:
            self._waits_since = self.loop.time()
            self._wait()

    def connection_lost(self, error):
        self._stop_waiting()
        super().connection_lost(error)

    def _wait(self):
        self._clock = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_waiting(self):
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


def serve(app, listener, ready, stop_seconds=30):
    """Serves until Ctrl-C or SIGTERM; requests that run are finished.

    Args:
        app: an ASGI application.
        listener: from `listening.bind`.
        ready: called with the server's URL once connections are taken.
        stop_seconds: how long they may take for that.
    """
    _allow_many_connections()
    # Heads that are no HTTP are answered; each as a line would fill a disk.
    server = uvicorn.Server(uvicorn.Config(
        app, http=Punctual, ws="none", log_level="error", access_log=False,
        server_header=False, proxy_headers=False, backlog=BACKLOG,
        timeout_graceful_shutdown=stop_seconds,
    ))
    # uvicorn stops by itself and then repeats the signal.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    pass_over_what_is_there()
    listener.listen(BACKLOG)
    ready(url_of(listener))
    server.run(sockets=[listener])


def pass_over_what_is_there():
    """Looks for garbage go through what comes from now on.

    A large body makes many objects, and a look would go through all of
    TensorFlow's each time, while nobody else is answered.
    """
    gc.collect()
    gc.freeze()
    # A full look is due when a quarter as much has come as the last one saw.
    # One that sees nothing: else circles would stay for hours, with the
    # pictures that they hold.
    gc.collect()


def _allow_many_connections():
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
