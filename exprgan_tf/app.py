"""Serves a page on which anybody edits a photograph.

    exprgan app

It answers to this machine alone; nothing that is uploaded is written to disk,
and the page loads nothing from elsewhere.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.page.settings import PageRequest, Settings

SETTINGS = (PageRequest, Settings)


def main(request, settings):
    from exprgan_tf.page.server import serve_page

    serve_page(request, settings)


if __name__ == "__main__":
    run(main, SETTINGS)
