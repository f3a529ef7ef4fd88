"""Edits the expressions of faces.

    python -m exprgan_tf.edit --model=runs/demo --input=face.jpg \\
        --output=edited --expressions=happy,sad --intensities=0.5,1.0

Writes {stem}_{expression}_{intensity}.png for each, and {stem}_grid.png; with
--paste_back also ..._photo.png, the whole photograph with the edited face.
"""

import pathlib
import sys

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string("model", None, "run folder or model file")
_INPUT = flags.DEFINE_string(
    "input", None, "a photograph of a face, or a folder of them"
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
_REFINE = flags.DEFINE_enum(
    "refine", "identity", ["identity", "full", "none"],
    "fitting to each face before the edit: of the identity code, of the "
    "decoder, too (slower, more alike), or none (fastest)",
)


def main(argv):
    del argv
    if not _MODEL.value or not _INPUT.value or not _OUTPUT.value:
        raise UserError("--model, --input and --output are needed")
    from exprgan_tf.editing import edit_files, parse_intensities
    from exprgan_tf.images import list_images
    from exprgan_tf.model import NEUTRAL, ExprGAN

    model = ExprGAN.load(_MODEL.value)
    expressions = _EXPRESSIONS.value
    if expressions == ["all"]:
        expressions = [NEUTRAL, *model.config.classes]
    for name in expressions:
        model.class_index(name)
    failed = edit_files(
        model, list_images(_INPUT.value), pathlib.Path(_OUTPUT.value),
        expressions, parse_intensities(_INTENSITIES.value), _REFINE.value,
        _LEVELS.value, _ALIGN.value, _PASTE_BACK.value,
    )
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    commands.run(main)
