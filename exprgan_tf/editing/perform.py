"""Edits from beginning to end: the model, what is edited, how many failed."""

import pathlib

from exprgan_tf.editing.films import edit_film
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.model import ExprGAN
from exprgan_tf.pictures.example import EXAMPLE, example_photograph
from exprgan_tf.pictures.files import list_images
from exprgan_tf.pictures.movies import SUFFIXES


def edit(request):
    """Edits what an `EditRequest` names.

    Returns:
        The number of files that could not be edited.

    Raises:
        UserError: when nothing can be edited as it is asked.
    """
    model = ExprGAN.load(request.model)
    request = request.for_model(model)
    if request.input is None:
        print(f"no --input: {EXAMPLE}")
        return edit_photographs(model, [example_photograph()], request)
    source = pathlib.Path(request.input)
    if source.suffix.lower() in SUFFIXES:
        edit_film(model, source, request)
        return 0
    return edit_photographs(model, list_images(source), request)
