"""Writes a model with weights of 16 bits.

    exprgan pack-model --model=runs/demo --output=packed.keras
    exprgan pack-model --model=runs/demo/classifier.keras \\
        --output=classifier.keras

The file is about half as large; a model that is loaded from it computes in
float32 as before.
"""

import dataclasses
import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class PackRequest:
    """Which model is packed into which file."""

    model: str | None = setting(
        None, "run folder, or file of a model or classifier", needed=True
    )
    output: str | None = setting(
        None, "model to write, *.keras", needed=True
    )
    overwrite: bool = setting(False, "replace --output")


SETTINGS = (PackRequest,)


def main(request):
    from exprgan_tf.model_files.heads import (
        is_model_file,
        newest_stage_model,
    )
    from exprgan_tf.model_files.packing import pack
    from exprgan_tf.support.places import require_new

    source = pathlib.Path(request.model)
    if source.is_dir():
        source = newest_stage_model(source)
    output = pathlib.Path(request.output)
    require_new(
        output, request.overwrite, {"model": source}, is_model_file
    )
    pack(source, output)
    print(f"model: {output} ({output.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    run(main, SETTINGS)
