"""Makes phi of Eq. 7 from the weights of VGG-Face.

    exprgan convert-vgg-face --input=vgg-face.mat --output=vgg_face.keras
    exprgan train --face_features=vgg_face.keras ...

Takes MatConvNet's vgg-face.mat and the Keras ports' *.h5 in both their
layouts. What the first convolution takes, RGB or BGR, and the mean that is
subtracted are recorded in the output. docs/training.md says where the files
are to be had; their licence (research only) is not this project's.
"""

import dataclasses
import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class ConvertRequest:
    """Which file of weights becomes which file."""

    input: str | None = setting(None, "the .mat or .h5 file", needed=True)
    output: str | None = setting(None, "file to write, *.keras", needed=True)
    overwrite: bool = setting(False, "replace --output")
    channel_order: str | None = setting(
        None, "of the file; default: rgb for .mat, bgr for .h5",
        ("rgb", "bgr"),
    )


SETTINGS = (ConvertRequest,)


def main(request):
    from exprgan_tf.conversion import vgg_face
    from exprgan_tf.model_files.configured_model import save_whole
    from exprgan_tf.model_files.heads import is_model_file
    from exprgan_tf.support.places import require_new

    require_new(
        request.output, request.overwrite, {"input": request.input},
        is_model_file,
    )
    phi = vgg_face.convert(
        pathlib.Path(request.input), request.channel_order
    )
    save_whole(phi.save, request.output)
    print(f"{phi.source}, widths {phi.blocks}")
    print(f"face features: {request.output}")


if __name__ == "__main__":
    run(main, SETTINGS)
