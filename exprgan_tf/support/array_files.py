"""NumPy's .npz files of a kind of this project's."""

import zipfile

import numpy as np

from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file


def write_arrays(path, kind, **arrays):
    """Writes a file and the folders that it needs.

    Args:
        path: a `pathlib.Path`.
        kind: a text by which `holds_arrays` knows it.
        arrays: by name.

    Raises:
        UserError: when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Into an open file, or NumPy would add an ending of its own.
        with whole_file(path) as partial, partial.open("wb") as file:
            np.savez_compressed(file, format=kind, **arrays)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error}") from None


def holds_arrays(path, kind):
    """Whether a file is one of `write_arrays`, and of that kind."""
    try:
        with np.load(path) as file:
            return str(file["format"]) == kind
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return False
