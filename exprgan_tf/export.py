"""Exports a model as a TensorFlow SavedModel.

    python -m exprgan_tf.export --model=runs/demo --output=exported

The folder has signatures `edit`, `encode`, `decode`, `transfer` and
`generate` and a README about them; it is used without this project.
"""

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string("model", None, "run folder or model file")
_OUTPUT = flags.DEFINE_string("output", None, "folder to make")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "replace --output")


def main(argv):
    del argv
    if not _MODEL.value or not _OUTPUT.value:
        raise UserError("--model and --output are needed")
    from exprgan_tf.exporting import SIGNATURES, export
    from exprgan_tf.model import ExprGAN

    size = export(
        ExprGAN.load(_MODEL.value), _OUTPUT.value, _OVERWRITE.value
    )
    print(f"signatures {', '.join(SIGNATURES)}")
    print(f"SavedModel: {_OUTPUT.value} ({size / 1e6:.1f} MB)")


if __name__ == "__main__":
    commands.run(main)
