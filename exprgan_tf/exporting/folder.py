"""The folder that an export writes."""

import pathlib
import shutil

from exprgan_tf.errors import UserError
from exprgan_tf.exporting.description import describe
from exprgan_tf.exporting.formats import WRITERS


def export(model, output, overwrite=False, format="saved_model"):
    """Writes a folder of a format, and a README about it.

    The folder appears only when it is whole.

    Args:
        model: an `ExprGAN`.
        output: folder to make.
        overwrite: whether to replace it.
        format: one of `WRITERS`.

    Returns:
        The number of bytes written.

    Raises:
        UserError: when the folder exists or cannot be written, the model
            cannot edit, or a package that the format needs is missing.
    """
    output = pathlib.Path(output)
    if output.exists() and not overwrite:
        raise UserError(f"--output={output} exists; give --overwrite=true")
    if not model.encodes:
        raise UserError("--model: a cgan edits no faces; nothing to export")
    partial = output.with_name(f".{output.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        WRITERS[format](model, partial)
        (partial / "README.md").write_text(
            describe(model.config, format), "utf-8"
        )
        if output.exists():
            shutil.rmtree(output)
        partial.rename(output)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return sum(
        path.stat().st_size for path in output.rglob("*") if path.is_file()
    )
