"""Makes new faces: random people, each with every expression (Fig. 5).

    python -m exprgan_tf.generate --model=runs/demo --count=600 \\
        --output=generated
    python -m exprgan_tf.generate --model=runs/demo --count=60000 \\
        --format=tfrecord --output=data/generated

Killed, the same command resumes. A face depends on the seed and its number
alone.
"""

import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MODEL = flags.DEFINE_string(
    "model", None, commands.MODEL_HELP
)
_COUNT = flags.DEFINE_integer("count", 60, "how many faces", 1)
_OUTPUT = flags.DEFINE_string("output", None, "folder to make")
_FORMAT = flags.DEFINE_enum(
    "format", "png", ["png", "tfrecord"],
    "png: one folder an expression; tfrecord: a data set to train on",
)
_SEED = flags.DEFINE_integer("seed", 0, "which faces", 0)


def main(argv):
    del argv
    if not _OUTPUT.value:
        raise UserError("--output is needed")
    from exprgan_tf import generating
    from exprgan_tf.model import ExprGAN

    write = (
        generating.write_pictures if _FORMAT.value == "png"
        else generating.write_records
    )
    write(
        ExprGAN.load(_MODEL.value), _COUNT.value, pathlib.Path(_OUTPUT.value),
        _SEED.value,
    )
    print(f"{_COUNT.value} faces: {_OUTPUT.value}")


if __name__ == "__main__":
    commands.run(main)
