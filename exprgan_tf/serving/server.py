"""Running the application until it is told to stop."""

import contextlib
import signal

import uvicorn

from exprgan_tf.support.listening import url_of

# What a process may have open; a connection takes one.
OPEN_FILES = 65536
BACKLOG = 2048
STOP_SECONDS = 30


def serve(app, listener, ready):
    """Serves until Ctrl-C or SIGTERM; requests that run are finished.

    Args:
        app: an ASGI application.
        listener: from `listening.bind`.
        ready: called with the server's URL once connections are taken.
    """
    _allow_many_connections()
    server = uvicorn.Server(uvicorn.Config(
        app, log_level="warning", access_log=False, backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_SECONDS,
    ))
    # uvicorn stops by itself and then repeats the signal.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    listener.listen(BACKLOG)
    ready(url_of(listener))
    server.run(sockets=[listener])


def _allow_many_connections():
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
