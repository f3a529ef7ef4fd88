"""Serves a model by TensorFlow Serving's REST API.

    exprgan serve --model=runs/demo

`--model` is a run folder, a model file, or what `export` wrote; without it
the model that comes along is served. POST /v1/models/exprgan:predict runs a
signature, GET /v1/models/exprgan/metadata describes them, GET /health tells
that it lives. Ctrl-C stops it.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.serving.limits import Limits
from exprgan_tf.serving.request import ServeRequest

SETTINGS = (ServeRequest, Limits)


def main(request, limits):
    from exprgan_tf.answering.refusals import allowed_names
    from exprgan_tf.answering.server import serve
    from exprgan_tf.serving.app import make_app
    from exprgan_tf.serving.servable import Servable
    from exprgan_tf.support.listening import bind

    with bind(request.host, request.port) as listener:
        servable = Servable.load(request.model)
        serve(
            make_app(
                servable, limits, request.name,
                allowed_names(request.host, request.allowed_hosts),
                request.note_edit,
            ), listener,
            lambda url: print(
                f"{', '.join(sorted(servable.inputs))}\n"
                f"serving at {url}/v1/models/{request.name}; Ctrl-C stops it",
                flush=True,
            ),
        )
    print("stopped")


if __name__ == "__main__":
    run(main, SETTINGS)
