"""Learns to tell glasses from labelled photographs.

    git clone https://github.com/muxspace/facial_expressions
    exprgan learn-glasses --photos=facial_expressions/images \\
        --labels=exprgan_tf/animation/carried/glasses.csv --output=glasses.npz

made the regression that comes along. Frames keep their form where glasses are
worn.
"""

import dataclasses
import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class GlassesRequest:
    """Which photographs teach what."""

    photos: str | None = setting(
        None, "folder of the photographs that --labels names", needed=True
    )
    labels: str | None = setting(
        None, "CSV file with the columns photograph and glasses (0 or 1)",
        needed=True,
    )
    output: str | None = setting(None, "file to write, *.npz", needed=True)
    overwrite: bool = setting(False, "replace --output")


SETTINGS = (GlassesRequest,)


def main(request):
    from exprgan_tf.animation.glasses import FORMAT
    from exprgan_tf.animation.glasses_learning import (
        learn_glasses,
        read_labels,
    )
    from exprgan_tf.support.array_files import holds_arrays, write_arrays
    from exprgan_tf.support.places import require_new

    require_new(
        request.output, request.overwrite,
        {"photos": request.photos, "labels": request.labels},
        lambda path: holds_arrays(path, FORMAT),
    )
    weights, bias, scores = learn_glasses(
        pathlib.Path(request.photos), read_labels(request.labels)
    )
    write_arrays(
        pathlib.Path(request.output), FORMAT, weights=weights, bias=bias
    )
    for name, value in scores.items():
        print(f"{name}: {value:.4g}")
    print(f"regression: {request.output}")


if __name__ == "__main__":
    run(main, SETTINGS)
