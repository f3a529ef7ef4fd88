"""Checks every record of a data set, and its splits.

    exprgan check-tfrecords data/faces

Names the shard and the record (counted from 0) of each fault, and ends with
an error when there is one.
"""

import dataclasses
import sys

from exprgan_tf.commands.running import run
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class CheckRequest:
    """Which data set is checked."""

    folder: str | None = setting(
        None, "with dataset.json", needed=True, word=True
    )


SETTINGS = (CheckRequest,)


def main(request):
    from exprgan_tf.data.checking import check

    faults, total = check(request.folder)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    print(f"{request.folder}: {total} records read, {len(faults)} faults")
    return len(faults)


if __name__ == "__main__":
    run(main, SETTINGS)
