"""Files and folders that appear only when they are whole."""

import contextlib
import os
import shutil

from exprgan_tf.errors import UserError


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


@contextlib.contextmanager
def whole_folder(output, overwrite=False):
    """Gives an empty folder to fill; renamed to `output` when the block ends.

    When the block fails it is removed, and what was there before stays.

    Args:
        output: a `pathlib.Path`.
        overwrite: whether to replace a folder that is there.

    Raises:
        UserError: when the folder exists, or something in the block cannot
            be written.
    """
    if output.exists() and not overwrite:
        raise UserError(f"--output={output} exists; give --overwrite=true")
    partial = output.with_name(f".{output.name}.partial")
    replaced = output.with_name(f".{output.name}.replaced")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        if output.exists():
            os.rename(output, replaced)
        os.rename(partial, output)
        shutil.rmtree(replaced, ignore_errors=True)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
