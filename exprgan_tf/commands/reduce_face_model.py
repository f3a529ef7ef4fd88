"""Makes the small face model out of ICT-FaceKit.

    git clone https://github.com/ICT-VGL/ICT-FaceKit
    exprgan reduce-face-model --ict_model=ICT-FaceKit/FaceXModel \\
        --output=face_model.npz

Keeps the skin of the face, the teeth that can be seen, 60 modes of identity
and all shapes, as 16-bit numbers, and measures on renderings where the
landmarks lie. The ICT Face Model Light is under the MIT License; keep it
beside the file.
"""

import dataclasses
import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class ReduceRequest:
    """Which face model becomes which file."""

    ict_model: str | None = setting(
        None, "folder FaceXModel of ICT-FaceKit", needed=True
    )
    output: str | None = setting(None, "file to write, *.npz", needed=True)
    overwrite: bool = setting(False, "replace --output")


SETTINGS = (ReduceRequest,)


def main(request):
    from exprgan_tf.animation.calibration import measure_correspondence
    from exprgan_tf.animation.reduced_model import ReducedFaceModel
    from exprgan_tf.animation.reduction import reduce_face_model
    from exprgan_tf.rendering.face_model import read_face_model
    from exprgan_tf.support.places import require_new

    require_new(
        request.output, request.overwrite, {"ict_model": request.ict_model},
        ReducedFaceModel.is_one,
    )
    model = read_face_model(request.ict_model)
    reduced = reduce_face_model(model, *measure_correspondence(model))
    path = pathlib.Path(request.output)
    reduced.save(path)
    print(f"{len(reduced.names)} shapes, {len(reduced.modes)} modes, "
          f"{len(reduced.neutral)} vertices")
    print(f"face model: {path}, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main, SETTINGS)
