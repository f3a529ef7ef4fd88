"""Edits of image files."""

import pathlib
import sys

import numpy as np

from exprgan_tf.editing.editors import decoding_editors, moving_editors
from exprgan_tf.editing.outputs import write_edits
from exprgan_tf.editing.sitting import Sitting
from exprgan_tf.errors import UserError
from exprgan_tf.faces.photographs import read_faces
from exprgan_tf.pictures.contact_sheet import ContactSheet
from exprgan_tf.support.progress import progress_bar

# Photographs whose faces are fitted together.
_BATCH = 16


def edit_photographs(model, files, request):
    """Edits the faces of photographs and writes the pictures.

    A file that cannot be read is reported on stderr; the others go on.

    Args:
        model: an `ExprGAN`, or the `MotionModel` of `--method=motion`.
        files: paths of photographs.
        request: the `EditRequest`.

    Returns:
        The number of files that could not be edited.

    Raises:
        UserError: when two files would write the same pictures, a picture
            cannot be written, or films are to be on a contact sheet.
    """
    require_different_stems(files)
    if request.contact_sheet and request.format != "png":
        raise UserError("--contact_sheet is for --format=png")
    output = pathlib.Path(request.output)
    errors, written = [], []
    contact_sheet = ContactSheet(output) if request.contact_sheet else None
    progress = progress_bar(len(files), "edit", "photo")
    for start in range(0, len(files), _BATCH):
        photographs = []
        for path in files[start : start + _BATCH]:
            try:
                faces = _faces(path, model.config, request)
                photographs.append((path, faces, moving_editors(
                    path, faces, model, request
                )))
            except UserError as error:
                errors.append(error)
                progress.update()
        for sitting in _sittings(model, photographs, request):
            after = write_edits(sitting, request)
            if contact_sheet:
                contact_sheet.add(
                    sitting.base.name, sitting.faces[0].picture, after
                )
            written.append(sitting)
            progress.update()
    if contact_sheet:
        contact_sheet.close()
    progress.close()
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    if written:
        print(
            f"edited {len(written)} of {len(files)} photos, pictures: {output}"
        )
    return len(errors)


def _faces(path, config, request):
    """The faces of a photograph that are to be edited, from the left."""
    faces = read_faces(path, config, request.align)
    if request.faces == "largest" and not request.face_expressions:
        return faces[:1]
    faces.sort(key=_place)
    unknown = [face for face in request.face_expressions if face > len(faces)]
    if unknown:
        raise UserError(
            f"{path}: --face_expressions names face {max(unknown)}, but "
            f"{len(faces)} found"
        )
    return faces


def _place(face):
    """How far to the right a face is, in pixels."""
    middle = np.full(2, len(face.image) / 2 - 0.5)
    return np.linalg.solve(
        face.transform[:, :2], middle - face.transform[:, 2]
    )[0]


def _sittings(model, photographs, request):
    """A `Sitting` for each path with its faces and what moves them."""
    decoding = iter(decoding_editors(model, [
        face for _, faces, editors in photographs
        for face, editor in zip(faces, editors, strict=True)
        if editor is None
    ], request.refine))
    for path, faces, editors in photographs:
        yield Sitting(
            faces, [editor or next(decoding) for editor in editors], request,
            pathlib.Path(request.output) / path.stem,
        )


def require_different_stems(files):
    """Refuses files whose pictures would have the same names.

    Raises:
        UserError: naming two of them.
    """
    seen = {}
    for path in files:
        other = seen.setdefault(path.stem, path)
        if other != path:
            raise UserError(
                f"{path} and {other} would write the same pictures: rename "
                "one"
            )
