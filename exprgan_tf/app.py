"""Serves a page on which anybody edits a photograph.

    python -m exprgan_tf.app --model=runs/demo

It answers to this machine alone; nothing that is uploaded is written to disk,
and the page loads nothing from elsewhere.
"""

import contextlib
import webbrowser

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string(
    "model", None, commands.MODEL_HELP
)
_CLASSIFIER = flags.DEFINE_string(
    "classifier", None,
    "classifier.keras, which says what a photograph shows whose expression "
    "is transferred; default: the one in the run folder of --model, if any",
)
_REFINE = flags.DEFINE_enum(
    "refine", "detail", ["detail", "identity", "none"],
    "fitting to each face before its edits, as for edit",
)
_HOST = flags.DEFINE_string(
    "host", "127.0.0.1",
    "address to answer at; 0.0.0.0 lets everybody in the network in",
)
_PORT = flags.DEFINE_integer("port", 7860, "0: a free one", 0, 65535)
_OPEN = flags.DEFINE_bool("open", False, "open the page in a browser")
_MAX_UPLOAD_MB = flags.DEFINE_float(
    "max_upload_mb", 15.0, "most megabytes of an upload", 0.1
)
_MAX_PIXELS = flags.DEFINE_integer(
    "max_pixels", 25_000_000, "most pixels of an upload", 1
)
_UPLOADS_PER_MINUTE = flags.DEFINE_integer(
    "uploads_per_minute", 60,
    "pictures that each client sends, and faces it chooses of them", 1,
)
_REQUESTS_PER_MINUTE = flags.DEFINE_integer(
    "requests_per_minute", 3000,
    "requests of each client; a slider that moves makes about 30 a second", 1,
)
_KEEP_MINUTES = flags.DEFINE_float(
    "keep_minutes", 60.0, "how long an unused face stays in memory", 0.01
)
_KEEP_MB = flags.DEFINE_float(
    "keep_mb", 512.0, "how many megabytes of pictures stay in memory", 16.0
)


def main(argv):
    del argv
    if _KEEP_MB.value < 2 * _MAX_UPLOAD_MB.value:
        raise UserError(
            f"--keep_mb={_KEEP_MB.value:g}: must be at least twice "
            f"--max_upload_mb={_MAX_UPLOAD_MB.value:g}"
        )
    import uvicorn

    from exprgan_tf.listening import bind, url_of
    from exprgan_tf.model import CARRIED_MODEL, ExprGAN
    from exprgan_tf.page.routes import Settings, make_app
    from exprgan_tf.page.studio import Studio
    from exprgan_tf.transferring import label_finder

    listener = bind(_HOST.value, _PORT.value)
    model = ExprGAN.load(_MODEL.value)
    studio = Studio(
        model, label_finder(
            model, _MODEL.value or CARRIED_MODEL, _CLASSIFIER.value
        ),
        _REFINE.value, _MAX_PIXELS.value,
    )
    app = make_app(studio, Settings(
        host=_HOST.value,
        max_upload_mb=_MAX_UPLOAD_MB.value,
        uploads_per_minute=_UPLOADS_PER_MINUTE.value,
        requests_per_minute=_REQUESTS_PER_MINUTE.value,
        keep_minutes=_KEEP_MINUTES.value,
        keep_mb=_KEEP_MB.value,
    ))
    listener.listen()
    address = url_of(listener)
    print(f"the page: {address} (Ctrl-C ends it)", flush=True)
    if _OPEN.value:
        webbrowser.open(address)
    server = uvicorn.Server(uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=100,
        timeout_graceful_shutdown=5,
    ))
    # uvicorn ends what runs, and repeats the signal then.
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


if __name__ == "__main__":
    commands.run(main)
