"""Writes a model with weights of 16 bits, to be passed on.

    python -m tools.pack_model --model=runs/demo --output=packed.keras
    python -m tools.pack_model --model=runs/demo/classifier.keras \\
        --output=classifier.keras

The file is about half as large; a model that is loaded from it computes in
float32 as before.
"""

import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string(
    "model", None, "run folder, or file of a model or classifier"
)
_OUTPUT = flags.DEFINE_string("output", None, "model to write, *.keras")


def main(argv):
    del argv
    if not _MODEL.value or not _OUTPUT.value:
        raise UserError("--model and --output are needed")
    from exprgan_tf.model import newest_stage_model
    from exprgan_tf.packing import pack

    source = pathlib.Path(_MODEL.value)
    if source.is_dir():
        source = newest_stage_model(source)
    output = pathlib.Path(_OUTPUT.value)
    pack(source, output)
    print(f"model: {output} ({output.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    commands.run(main)
