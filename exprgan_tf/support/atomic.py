"""Files that appear only when they are whole."""

import contextlib
import os


@contextlib.contextmanager
def whole_file(path):
    """Gives a name to write under; renamed to `path` when the block ends.

    The name lies in the same folder and ends as `path` does, since Keras
    tells formats by the ending. When the block fails it is removed, and a
    file that was there before stays as it was.

    Args:
        path: a `pathlib.Path`.
    """
    partial = path.with_name(f".partial.{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
