"""Serves a model with the REST API of TensorFlow Serving.

    python -m exprgan_tf.serve --model=runs/demo

`--model` is a run folder, a model file, or what `export` wrote; without it the
model that comes along is served. POST
/v1/models/exprgan:predict runs a signature, GET /v1/models/exprgan/metadata
describes them, GET /health tells that it lives. Ctrl-C stops it.
"""

import re

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string(
    "model", None, f"{commands.MODEL_HELP}; or an exported SavedModel"
)
_NAME = flags.DEFINE_string("name", "exprgan", "the model's name in addresses")
_HOST = flags.DEFINE_string(
    "host", "127.0.0.1", "0.0.0.0 answers other machines, too; nothing asks "
    "who they are"
)
_PORT = flags.DEFINE_integer("port", 8501, "0: any that is free", 0, 65535)
_MAX_BATCH = flags.DEFINE_integer(
    "max_batch", 32, "images that requests are joined up to; 1: none"
)
_BATCH_WAIT_MS = flags.DEFINE_float(
    "batch_wait_ms", 2.0, "how long a request waits for others to join it"
)
_MAX_IMAGES = flags.DEFINE_integer("max_images", 64, "of one request")
_MAX_WAITING = flags.DEFINE_integer(
    "max_waiting", 4096, "images that are taken at once; then: 503"
)
_MAX_REQUEST_BYTES = flags.DEFINE_integer(
    "max_request_bytes", 32_000_000, "of a request's body"
)
_MAX_PIXELS = flags.DEFINE_integer(
    "max_pixels", 20_000_000, "of an encoded picture"
)


def main(argv):
    del argv
    if not re.fullmatch(r"[\w.-]+", _NAME.value, re.ASCII):
        raise UserError(f"--name={_NAME.value}: letters, digits, _ . - only")
    from exprgan_tf.listening import bind
    from exprgan_tf.serving import Limits, Servable, make_app, serve

    limits = Limits(
        _MAX_BATCH.value, _BATCH_WAIT_MS.value, _MAX_IMAGES.value,
        _MAX_WAITING.value, _MAX_REQUEST_BYTES.value, _MAX_PIXELS.value,
    )
    with bind(_HOST.value, _PORT.value) as listener:
        servable = Servable.load(_MODEL.value)
        serve(
            make_app(servable, limits, _NAME.value), listener,
            lambda url: print(
                f"{', '.join(sorted(servable.inputs))}\n"
                f"serving at {url}/v1/models/{_NAME.value}; Ctrl-C stops it",
                flush=True,
            ),
        )
    print("stopped")


if __name__ == "__main__":
    commands.run(main)
