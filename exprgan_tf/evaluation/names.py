"""What the columns of models are called."""

import pathlib

from exprgan_tf.errors import UserError
from exprgan_tf.support.places import printable


def column_names(paths):
    """Names of columns: of the folder or file, or all of the path.

    Raises:
        UserError: when a path is there twice.
    """
    if len(set(paths)) < len(paths):
        raise UserError(f"--model={','.join(paths)}: one is there twice")
    paths = [*map(printable, paths)]
    short = [pathlib.Path(path).resolve().stem for path in paths]
    return short if len(set(short)) == len(short) else paths
