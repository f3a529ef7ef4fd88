"""Gives a face the expression of another face (Fig. 4).

    python -m exprgan_tf.transfer --model=runs/demo --identity=anna.jpg \\
        --expression=ben.jpg --output=transferred

A classifier says which expression B shows, Q reads its code c_B, and G_dec
decodes it with the identity code of A. Folders give the full matrix. Train
the classifier with `python -m exprgan_tf.train --stage=classifier`, or say
with --label what B shows.
"""

import pathlib
import sys

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string(
    "model", None, commands.MODEL_HELP
)
_IDENTITY = flags.DEFINE_string(
    "identity", None, "photograph or folder: who is to be seen"
)
_EXPRESSION = flags.DEFINE_string(
    "expression", None, "photograph or folder: what expression"
)
_OUTPUT = flags.DEFINE_string("output", None, "folder for the pictures")
_CLASSIFIER = flags.DEFINE_string(
    "classifier", None,
    "classifier.keras; default: the one in the run folder of --model",
)
_LABEL = flags.DEFINE_string(
    "label", None, "what --expression shows, instead of a classifier"
)
_ALIGN = flags.DEFINE_enum(
    "align", "auto", ["auto", "always", "never"], "as for edit"
)
_REFINE = flags.DEFINE_enum(
    "refine", "detail", ["detail", "identity", "full", "none"], "as for edit"
)


def main(argv):
    del argv
    if not all((_IDENTITY.value, _EXPRESSION.value, _OUTPUT.value)):
        raise UserError("--identity, --expression and --output are needed")
    from exprgan_tf.images import list_images
    from exprgan_tf.model import ExprGAN
    from exprgan_tf.transferring import transfer_files

    model = ExprGAN.load(_MODEL.value)
    failed = transfer_files(
        model, list_images(_IDENTITY.value), list_images(_EXPRESSION.value),
        pathlib.Path(_OUTPUT.value), _label_finder(model), _REFINE.value,
        _ALIGN.value,
    )
    if failed:
        sys.exit(1)


def _label_finder(model):
    """The function that says which expression images show."""
    if _LABEL.value:
        label = model.class_index(_LABEL.value)
        if label is None:
            raise UserError("--label=neutral: Q reads expressions only")
        return lambda images: [label] * len(images)
    from exprgan_tf.model import CARRIED_MODEL
    from exprgan_tf.transferring import classifier_labels, run_folder

    return classifier_labels(
        model,
        _CLASSIFIER.value or run_folder(_MODEL.value or CARRIED_MODEL),
    )


if __name__ == "__main__":
    commands.run(main)
