"""The page as a process that runs until it is told to stop."""

import webbrowser

from exprgan_tf.answering.server import serve
from exprgan_tf.editing.late import method_and_network
from exprgan_tf.editing.transferring import label_finder
from exprgan_tf.model import ExprGAN
from exprgan_tf.model_files.heads import CARRIED_MODEL
from exprgan_tf.page.routes import make_app
from exprgan_tf.page.studio import Studio
from exprgan_tf.support.listening import bind


def serve_page(request, settings):
    """Serves the page until Ctrl-C.

    Args:
        request: a `PageRequest`.
        settings: `Settings`.

    Raises:
        UserError: when a model cannot be used or the address not be had.
    """
    listener = bind(settings.host, request.port)
    model = ExprGAN.load(request.model)
    method, motion = method_and_network(request, model.config.classes)
    studio = Studio(
        model,
        label_finder(
            model, request.model or CARRIED_MODEL, request.classifier
        ),
        request.refine, request.max_pixels, method, motion,
        request.note_edit,
    )

    def ready(address):
        print(f"the page: {address} (Ctrl-C ends it)", flush=True)
        if request.open:
            webbrowser.open(address)

    serve(make_app(studio, settings), listener, ready, stop_seconds=5)
