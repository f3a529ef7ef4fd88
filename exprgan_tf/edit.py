"""Edits the expressions of faces in photographs and films.

    python -m exprgan_tf.edit --model=runs/demo --input=face.jpg \\
        --output=edited --expressions=happy,sad --intensities=0.5,1.0

Writes {stem}_{expression}_{intensity}.png for each, and {stem}_grid.png; with
--paste_back also ..._photo.png, the whole photograph with the edited face.
With --format=gif or mp4 it writes {stem}_{expression}.gif: from neutral to
the largest intensity and back.

    python -m exprgan_tf.edit --model=runs/demo --input=group.jpg \\
        --output=edited --face_expressions=1:happy,2:surprise

edits several faces of one photograph, each its own way; face 1 is the
leftmost one.

    python -m exprgan_tf.edit --model=runs/demo --input=clip.mp4 \\
        --output=edited --expressions=happy --intensities=0.8

writes clip_happy_0.80.mp4, the largest face edited in every frame.
"""

import pathlib
import sys

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string(
    "model", None, commands.MODEL_HELP
)
_INPUT = flags.DEFINE_string(
    "input", None, "a photograph, a folder of them, or a film"
)
_OUTPUT = flags.DEFINE_string("output", None, "folder for the pictures")
_EXPRESSIONS = flags.DEFINE_list(
    "expressions", ["all"], "names, neutral among them, or all"
)
_INTENSITIES = flags.DEFINE_list(
    "intensities", ["0.2", "0.4", "0.6", "0.8", "1.0"],
    "from 0, neutral, to 1, the full expression",
)
_LEVELS = flags.DEFINE_bool(
    "levels", False,
    "also one picture for each element of an expression's code (Fig. 3)",
)
_ALIGN = flags.DEFINE_enum(
    "align", "auto", ["auto", "always", "never"],
    "find the face, level it and cut it out; auto: leave square pictures "
    "whole whose face is in place already; never: all are aligned",
)
_PASTE_BACK = flags.DEFINE_bool(
    "paste_back", False, "also put each edit back into its photograph"
)
_FACES = flags.DEFINE_enum(
    "faces", "largest", ["largest", "all"],
    "which faces of a photograph to edit; all: pictures of single faces are "
    "called {stem}_face1 and so on, from the left",
)
_FACE_EXPRESSIONS = flags.DEFINE_list(
    "face_expressions", [],
    "for each face its own expression, such as 1:happy,2:sad, counted from "
    "the left; writes {stem}_faces_{intensity}_photo.png",
)
_FORMAT = flags.DEFINE_enum(
    "format", "png", ["png", "gif", "mp4"],
    "png: pictures; gif, mp4: a film of each expression, from neutral to "
    "the largest intensity and back",
)
_FRAMES = flags.DEFINE_integer("frames", 24, "of such a film", 2)
_FPS = flags.DEFINE_float("fps", 12.0, "its frames a second", 0.1, 100.0)
_CONTACT_SHEET = flags.DEFINE_bool(
    "contact_sheet", False,
    "--paste_back, and contact_sheet_{n}.png: all photographs before and "
    "after",
)
_REFINE = flags.DEFINE_enum(
    "refine", "detail", ["detail", "identity", "full", "none"],
    "fitting to each face before the edit. detail: of the identity code, and "
    "details of the picture are kept; identity: without these, softer, and "
    "stronger in expression; full: of the decoder, too, slow; none: fastest",
)


def main(argv):
    del argv
    if not _INPUT.value or not _OUTPUT.value:
        raise UserError("--input and --output are needed")
    from exprgan_tf import movies
    from exprgan_tf.edits import (
        Edits,
        parse_face_expressions,
        parse_intensities,
    )
    from exprgan_tf.model import NEUTRAL, ExprGAN

    intensities = parse_intensities(_INTENSITIES.value)
    face_expressions = parse_face_expressions(_FACE_EXPRESSIONS.value)
    model = ExprGAN.load(_MODEL.value)
    expressions = _EXPRESSIONS.value
    if expressions == ["all"]:
        expressions = [NEUTRAL, *model.config.classes]
    for name in (*expressions, *face_expressions.values()):
        model.class_index(name)
    edits = Edits(
        tuple(expressions), intensities, _REFINE.value, _ALIGN.value,
        _LEVELS.value, _PASTE_BACK.value, _FACES.value, face_expressions,
        _FORMAT.value, _FRAMES.value, _FPS.value, _CONTACT_SHEET.value,
    )
    source, output = pathlib.Path(_INPUT.value), pathlib.Path(_OUTPUT.value)
    if source.suffix.lower() in movies.SUFFIXES:
        from exprgan_tf.film_editing import edit_film

        edit_film(model, source, output, edits)
        return
    from exprgan_tf.editing import edit_files
    from exprgan_tf.images import list_images

    if edit_files(model, list_images(source), output, edits):
        sys.exit(1)


if __name__ == "__main__":
    commands.run(main)
