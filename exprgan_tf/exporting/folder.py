"""The folder that an export writes."""

import pathlib

from exprgan_tf.exporting.description import describe
from exprgan_tf.exporting.formats import WRITERS
from exprgan_tf.exporting.models import signatures_of
from exprgan_tf.support.atomic import whole_folder
from exprgan_tf.support.places import require_apart


def export(
    model, output, overwrite=False, format="saved_model", source=None
):
    """Writes a folder of a format, and a README about it.

    The folder appears only when it is whole.

    Args:
        model: an `ExprGAN` or a `MotionModel`.
        output: folder to make.
        overwrite: whether to replace it.
        format: one of `WRITERS`.
        source: where the model was read from, which is no output; or None.

    Returns:
        The number of bytes written.

    Raises:
        UserError: when the folder exists or cannot be written, the model
            cannot edit, or a package that the format needs is missing.
    """
    output = pathlib.Path(output)
    require_apart(output, {"model": source}, inside=True)
    signatures = signatures_of(model)
    with whole_folder(output, "an exported model", overwrite) as partial:
        WRITERS[format](signatures, partial)
        (partial / "README.md").write_text(
            describe(signatures, format), "utf-8"
        )
    return sum(
        path.stat().st_size for path in output.rglob("*") if path.is_file()
    )
