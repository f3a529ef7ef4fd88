"""Edits from beginning to end: the model, what is edited, how many failed."""

import pathlib
import sys

from exprgan_tf.animation.reduced_model import carried_face_model, shape_names
from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.late import load_model, load_motion
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.editing.request import ANIMATE, DECODER, REFINE
from exprgan_tf.model_files.heads import CARRIED_MODEL, is_motion
from exprgan_tf.model_files.late_model import LateModel
from exprgan_tf.pictures.example import EXAMPLE, example_photograph
from exprgan_tf.pictures.listing import FILMS, list_images


def edit(request):
    """Edits what an `EditRequest` names.

    Returns:
        The number of files that could not be edited.

    Raises:
        UserError: when nothing can be edited as it is asked.
    """
    if request.list_shapes:
        print("\n".join(shape_names()))
        return 0
    for name in request.shapes:
        carried_face_model().sides(name)
    moves = bool(request.model) and is_motion(request.model)
    request = request.with_method(moves)
    if request.refine != REFINE[0] and request.method != DECODER:
        print(
            f"--refine={request.refine} is for what the decoder paints: "
            f"to --method={request.method} it means nothing",
            file=sys.stderr,
        )
    model = _model(request, moves)
    request = request.for_model(model)
    if request.input is None:
        print(f"no --input: {EXAMPLE}")
        path = example_photograph()
        failed = edit_photographs(model, [path], request)
        grid = pathlib.Path(request.output) / f"{path.stem}_grid.png"
        if grid.exists():
            print(f"all edits in one picture: {grid}")
        return failed
    source = pathlib.Path(request.input)
    if source.suffix.lower() in FILMS:
        # What smooths motions takes half a second to import.
        from exprgan_tf.editing.films import edit_film

        edit_film(model, source, request)
        return 0
    return edit_photographs(model, list_images(source), request)


def _model(request, moves):
    if request.method == MOTION:
        return load_motion(request.model)
    if request.method == ANIMATE and (moves or not request.model):
        # Of a model it takes names and sizes, and where it cannot move a
        # face the decoder: all of which the one that comes along has.
        return LateModel(CARRIED_MODEL, load_model)
    return load_model(request.model)
