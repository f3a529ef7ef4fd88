"""Checks a data set: counts, checksums, images, and that splits are disjoint.

    python -m tools.check_tfrecords data/faces

Names the shard and the record (counted from 0) of each fault, and ends with
an error when there is one.
"""

import sys

from exprgan_tf import commands
from exprgan_tf.errors import UserError


def main(argv):
    if len(argv) != 2:
        raise UserError("give one folder: check_tfrecords DIR")
    from exprgan_tf.data.checking import check

    faults, total = check(argv[1])
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    print(f"{argv[1]}: {total} records read, {len(faults)} faults")
    if faults:
        sys.exit(1)


if __name__ == "__main__":
    commands.run(main, arguments=1)
