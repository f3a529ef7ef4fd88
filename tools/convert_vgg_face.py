"""Makes phi of Eq. 7 from a file with the weights of VGG-Face.

    python -m tools.convert_vgg_face --input=vgg-face.mat \\
        --output=vgg_face.keras
    python -m exprgan_tf.train --face_features=vgg_face.keras ...

Takes MatConvNet's vgg-face.mat and the Keras ports' *.h5 in both their
layouts. What the first convolution takes, RGB or BGR, and the mean that is
subtracted are recorded in the output. The README says where the files are to
be had; their licence (research only) is not this project's.
"""

import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_INPUT = flags.DEFINE_string("input", None, "the .mat or .h5 file")
_OUTPUT = flags.DEFINE_string("output", None, "file to write, *.keras")
_CHANNEL_ORDER = flags.DEFINE_enum(
    "channel_order", None, ["rgb", "bgr"],
    "of the file; default: rgb for .mat, bgr for .h5",
)


def main(argv):
    del argv
    if not _INPUT.value or not _OUTPUT.value:
        raise UserError("--input=FILE and --output=FILE are needed")
    from exprgan_tf.configured_model import save_whole
    from exprgan_tf.conversion import vgg_face

    phi = vgg_face.convert(pathlib.Path(_INPUT.value), _CHANNEL_ORDER.value)
    save_whole(phi.save, _OUTPUT.value)
    print(f"{phi.source}, widths {phi.blocks}")
    print(f"face features: {_OUTPUT.value}")


if __name__ == "__main__":
    commands.run(main)
