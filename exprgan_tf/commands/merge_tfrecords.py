"""Makes one data set of several.

    exprgan merge-tfrecords --inputs=data/faces,data/ictface128 \\
        --output=data/both

Splits of one name are joined; subjects get their data set's name in front.
"""

import dataclasses
import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class MergeRequest:
    """Which data sets become one, and where it goes."""

    inputs: tuple[str, ...] = setting(
        (), "folders of data sets", needed=True
    )
    output: str | None = setting(None, "folder to make", needed=True)
    overwrite: bool = setting(False, "replace --output")


SETTINGS = (MergeRequest,)


def main(request):
    from exprgan_tf.data.merging import merge

    counts = merge(
        request.inputs, pathlib.Path(request.output), request.overwrite
    )
    for split, count in sorted(counts.items()):
        print(f"{split}: {count} records")
    print(f"data set: {request.output}")


if __name__ == "__main__":
    run(main, SETTINGS)
