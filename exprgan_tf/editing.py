"""Edits of image files: what the command `edit` does."""

import sys

import numpy as np
from keras import ops

from exprgan_tf import codes, pasting, refinement
from exprgan_tf.contact_sheet import ContactSheet
from exprgan_tf.errors import UserError
from exprgan_tf.faces import read_faces
from exprgan_tf.images import sheet, to_uint8, write_png
from exprgan_tf.model import NEUTRAL
from exprgan_tf.movies import write_movie
from exprgan_tf.progress import progress_bar

# Photographs whose faces are fitted together.
_BATCH = 16


class Sitting:
    """One photograph, its faces from left to right, fitted.

    Args:
        model: an `ExprGAN`.
        fitted: a `refinement.Fitted`.
        first: the number of its first face there.
        faces: its `Face`s.
        base: path of its pictures, without what tells them apart.
    """

    def __init__(self, model, fitted, first, faces, base):
        self.model = model
        self.faces = faces
        self.base = base
        self._fitted = fitted
        self._rows = np.arange(first, first + len(faces))
        self._reconstructions = None

    def decode(self, face, expression_codes, details=True):
        """Images `[n, s, s, 3]` of a face with codes `[n, K d]`."""
        return self._fitted.decode(
            expression_codes,
            np.full(len(expression_codes), self._rows[face]), details,
        )

    def edit(self, face, expression, intensities, details=True):
        """Images `[n, s, s, 3]` of a face at `n` intensities."""
        return self.decode(face, self.model.edit_codes(
            expression, intensities, len(intensities)
        ), details)

    def photographs(self, expressions, intensities):
        """Whole photographs, uint8 `[h, w, 3]`, one for each intensity.

        Args:
            expressions: a dict from faces, counted from 0, to expressions.
            intensities: a list.
        """
        if self._reconstructions is None:
            self._reconstructions = self._fitted.reconstruct(
                self._rows, details=False
            )
        edits = {
            face: self.edit(face, name, intensities, details=False)
            for face, name in expressions.items()
        }
        for index in range(len(intensities)):
            picture = self.faces[0].picture
            for face, edited in edits.items():
                picture = pasting.paste(
                    picture, edited[index], self._reconstructions[face],
                    self.faces[face].transform, self.model.config.face_margin,
                )
            yield picture

    def name(self, face):
        """The path of a face's pictures, numbered if there are several."""
        if len(self.faces) == 1:
            return self.base
        return self.base.with_name(f"{self.base.name}_face{face + 1}")


def edit_files(model, files, output, edits):
    """Edits the faces of photographs and writes the pictures.

    A file that cannot be read is reported on stderr; the others go on.

    Args:
        model: an `ExprGAN`.
        files: paths of photographs.
        output: folder for the pictures.
        edits: the `edits.Edits`.

    Returns:
        The number of files that could not be edited.

    Raises:
        UserError: when two files would write the same pictures, a picture
            cannot be written, or films are to be on a contact sheet.
    """
    require_different_stems(files)
    if edits.contact_sheet and edits.format != "png":
        raise UserError("--contact_sheet is for --format=png")
    errors, written = [], 0
    contact_sheet = ContactSheet(output) if edits.contact_sheet else None
    progress = progress_bar(len(files), "edit", "photo")
    for start in range(0, len(files), _BATCH):
        photographs = []
        for path in files[start : start + _BATCH]:
            try:
                photographs.append((path, _faces(path, model.config, edits)))
            except UserError as error:
                errors.append(error)
                progress.update()
        for sitting in _sittings(model, photographs, output, edits.refine):
            after = _write(sitting, edits)
            if contact_sheet:
                contact_sheet.add(
                    sitting.base.name, sitting.faces[0].picture, after
                )
            written += 1
            progress.update()
    if contact_sheet:
        contact_sheet.close()
    progress.close()
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    if written:
        print(f"edited {written} of {len(files)} photos, pictures: {output}")
    return len(errors)


def _faces(path, config, edits):
    """The faces of a photograph that are to be edited, from the left."""
    faces = read_faces(path, config, edits.align)
    if edits.faces == "largest" and not edits.face_expressions:
        return faces[:1]
    faces.sort(key=_place)
    unknown = [face for face in edits.face_expressions if face > len(faces)]
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


def _sittings(model, photographs, output, refine):
    """A `Sitting` for each path with its faces, all fitted together."""
    if not photographs:
        return
    fitted = refinement.fit(model, np.stack([
        face.image for _, faces in photographs for face in faces
    ]), refine)
    first = 0
    for path, faces in photographs:
        yield Sitting(model, fitted, first, faces, output / path.stem)
        first += len(faces)


def _plans(sitting, edits):
    """What photographs show: pairs of a name and {face: expression}."""
    if edits.face_expressions:
        return [("faces", {
            face - 1: name for face, name in edits.face_expressions.items()
        })]
    return [
        (name, dict.fromkeys(range(len(sitting.faces)), name))
        for name in edits.expressions
    ]


def _write(sitting, edits):
    """All that is asked for of one photograph.

    Returns:
        The whole photographs at the largest intensity, if any are made:
        {name: uint8 `[h, w, 3]`}.
    """
    if not edits.face_expressions:
        for face in range(len(sitting.faces)):
            if edits.format == "png":
                _write_pictures(sitting, face, edits)
            else:
                _write_films(sitting, face, edits)
            if edits.levels:
                _write_levels(sitting, face, edits)
        if not (edits.paste_back or edits.contact_sheet):
            return {}
    strongest = {}
    for name, plan in _plans(sitting, edits):
        base = sitting.base.with_name(f"{sitting.base.name}_{name}")
        if edits.format != "png":
            if name != NEUTRAL:
                write_movie(
                    base.with_name(f"{base.name}_photo.{edits.format}"),
                    sitting.photographs(plan, edits.steps), edits.fps,
                )
            continue
        steps = [0.0] if name == NEUTRAL else edits.intensities
        for intensity, picture in zip(
            steps, sitting.photographs(plan, steps), strict=True
        ):
            write_png(base.with_name(
                f"{base.name}_{intensity:.2f}_photo.png"
            ), picture)
            if intensity == max(steps):
                strongest[name] = picture
    return strongest


def _write_films(sitting, face, edits):
    """A film of each expression of one face."""
    base = sitting.name(face)
    for name in edits.expressions:
        if name != NEUTRAL:
            write_movie(
                base.with_name(f"{base.name}_{name}.{edits.format}"),
                to_uint8(sitting.edit(face, name, edits.steps)), edits.fps,
            )


def _write_pictures(sitting, face, edits):
    """One picture an edit of a face, and a sheet: a row an expression."""
    base = sitting.name(face)

    def row(name, intensities):
        made = sitting.edit(face, name, intensities)
        for intensity, image in zip(intensities, made, strict=True):
            write_png(
                base.with_name(f"{base.name}_{name}_{intensity:.2f}.png"),
                to_uint8(image),
            )
        return list(made)

    start, columns = [sitting.faces[face].image], ["input"]
    if NEUTRAL in edits.expressions:
        start += row(NEUTRAL, [0.0])
        columns.append(NEUTRAL)
    labels = [name for name in edits.expressions if name != NEUTRAL]
    rows = [start + row(name, edits.intensities) for name in labels]
    if rows:
        columns += [f"{intensity:.2f}" for intensity in edits.intensities]
    write_png(
        base.with_name(f"{base.name}_grid.png"),
        sheet(rows or [start], columns, labels or None),
    )


def _write_levels(sitting, face, edits):
    """Fig. 3: one element of a code at +1, every other at -1."""
    config, base = sitting.model.config, sitting.name(face)
    labels = [name for name in edits.expressions if name != NEUTRAL]
    rows = []
    for name in labels:
        made = sitting.decode(face, ops.convert_to_numpy(codes.level_codes(
            sitting.model.class_index(name), config.num_classes,
            config.code_size,
        )))
        for level, image in enumerate(made, start=1):
            write_png(
                base.with_name(f"{base.name}_{name}_level{level}.png"),
                to_uint8(image),
            )
        rows.append(made)
    if rows:
        write_png(base.with_name(f"{base.name}_levels.png"), sheet(
            rows, [f"element {level}" for level in
                   range(1, config.code_size + 1)],
            labels,
        ))


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
