"""Edits of image files."""

import pathlib
import sys

import numpy as np

from exprgan_tf.editing.editors import moving_editors
from exprgan_tf.editing.late import decoding_editors
from exprgan_tf.editing.naming import EditFiles, photograph_endings
from exprgan_tf.editing.outputs import write_edits
from exprgan_tf.editing.sitting import Sitting
from exprgan_tf.errors import UserError
from exprgan_tf.faces.photographs import read_faces
from exprgan_tf.pictures.contact_sheet import ContactSheet, sheet_names
from exprgan_tf.support.processes import in_threads
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
        UserError: as `EditFiles`, when a picture cannot be written, or films
            are to be on a contact sheet.
    """
    if request.contact_sheet and request.format != "png":
        raise UserError("--contact_sheet is for --format=png")
    output = pathlib.Path(request.output)
    errors, written = [], []
    outputs = EditFiles(
        request, files, photograph_endings(request, model.config.code_size),
        sheet_names(len(files)) if request.contact_sheet else (),
    )
    contact_sheet = None
    if request.contact_sheet:
        contact_sheet = ContactSheet(
            output, outputs.record, request.note_edit
        )
    progress = progress_bar(len(files), "edit", "photo")
    for start in range(0, len(files), _BATCH):
        photographs = []
        for path in files[start : start + _BATCH]:
            try:
                photograph, faces = _faces(path, model.config, request)
                photographs.append((path, photograph, faces, moving_editors(
                    path, faces, model, request
                )))
            except UserError as error:
                errors.append(error)
                progress.update()
        for sitting, after in in_threads(
            lambda sitting: (sitting, write_edits(sitting, request)),
            zip(_sittings(model, photographs, request, outputs)),
        ):
            if contact_sheet:
                contact_sheet.add(
                    sitting.base.name, sitting.photograph.pixels, after
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
    """A photograph, and its faces that are to be edited, from the left."""
    photograph, faces = read_faces(path, config, request.align)
    if request.faces == "largest" and not request.face_expressions:
        return photograph, faces[:1]
    faces.sort(key=_place)
    unknown = [face for face in request.face_expressions if face > len(faces)]
    if unknown:
        raise UserError(
            f"{path}: --face_expressions names face {max(unknown)}, but "
            f"{len(faces)} found"
        )
    return photograph, faces


def _place(face):
    """How far to the right a face is, in pixels."""
    middle = np.full(2, len(face.image) / 2 - 0.5)
    return np.linalg.solve(
        face.transform[:, :2], middle - face.transform[:, 2]
    )[0]


def _sittings(model, photographs, request, outputs):
    """A `Sitting` for each path with what is seen and what moves it."""
    decoding = iter(decoding_editors(model, [
        face for _, _, faces, editors in photographs
        for face, editor in zip(faces, editors, strict=True)
        if editor is None
    ], request.refine))
    for path, photograph, faces, editors in photographs:
        yield Sitting(
            photograph, faces,
            [editor or next(decoding) for editor in editors], request,
            outputs.base(path), outputs.record,
        )
