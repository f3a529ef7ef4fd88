"""Exports a model for use without this project.

    python -m exprgan_tf.export --model=runs/demo --output=exported

--format=saved_model writes a TensorFlow SavedModel with the signatures
`edit`, `encode`, `decode`, `transfer` and `generate`, and each again for
encoded pictures (`edit_bytes`); onnx and tflite write the first four. The
README in the folder describes inputs and ranges.
"""

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string(
    "model", None, commands.MODEL_HELP
)
_OUTPUT = flags.DEFINE_string("output", None, "folder to make")
_FORMAT = flags.DEFINE_enum(
    "format", "saved_model", ["saved_model", "onnx", "tflite"],
    "onnx needs requirements-export.txt",
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "replace --output")


def main(argv):
    del argv
    if not _OUTPUT.value:
        raise UserError("--output is needed")
    from exprgan_tf.exporting import export
    from exprgan_tf.model import ExprGAN

    size = export(
        ExprGAN.load(_MODEL.value), _OUTPUT.value, _OVERWRITE.value,
        _FORMAT.value,
    )
    print(f"{_FORMAT.value}: {_OUTPUT.value} ({size / 1e6:.1f} MB)")


if __name__ == "__main__":
    commands.run(main)
