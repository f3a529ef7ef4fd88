"""The files that an edit of one photograph writes."""

from exprgan_tf.config import NEUTRAL
from exprgan_tf.pictures.files import write_png
from exprgan_tf.pictures.levels import to_uint8
from exprgan_tf.pictures.sheets import sheet


def write_edits(sitting, request):
    """Writes all that is asked for of one photograph.

    Args:
        sitting: a `Sitting`.
        request: the `EditRequest`.

    Returns:
        The whole photographs at the largest intensity, if any are made:
        {name: uint8 `[h, w, 3]`}.
    """
    strongest = {}
    wants_whole = request.paste_back or request.contact_sheet
    # Of a face that is alone, both are made at once.
    at_once = len(sitting.faces) == 1 and request.format == "png"
    if not request.face_expressions:
        for face in range(len(sitting.faces)):
            if request.format == "png":
                strongest |= _write_pictures(
                    sitting, face, request, wants_whole and at_once
                )
            else:
                _write_films(sitting, face, request)
            if request.levels:
                _write_levels(sitting, face, request)
        if at_once or not wants_whole:
            return strongest
    for name, plan in _plans(sitting, request):
        base = sitting.base.with_name(f"{sitting.base.name}_{name}")
        if request.format != "png":
            if name != NEUTRAL:
                _write_film(
                    base.with_name(f"{base.name}_photo.{request.format}"),
                    sitting.photographs(plan, request.steps), request,
                    sitting,
                )
            continue
        steps = request.steps_of(name)
        for intensity, picture in zip(
            steps, sitting.photographs(plan, steps), strict=True
        ):
            _write_photograph(sitting, request, name, intensity, picture)
            if intensity == max(steps):
                strongest[name] = picture
    return strongest


def _write_photograph(sitting, request, name, intensity, picture):
    at = request.intensity_name(intensity)
    write_png(
        sitting.base.with_name(f"{sitting.base.name}_{name}_{at}_photo.png"),
        picture, sitting.record, sitting.photograph, request.note_edit,
    )


def _plans(sitting, request):
    """What photographs show: pairs of a name and {face: expression}."""
    if request.face_expressions:
        return [("faces", {
            face - 1: name for face, name in request.face_expressions.items()
        })]
    return [
        (name, dict.fromkeys(range(len(sitting.faces)), name))
        for name in request.expressions
    ]


def _write_films(sitting, face, request):
    """A film of each expression of one face."""
    base = sitting.name(face)
    for name in request.expressions:
        if name != NEUTRAL:
            _write_film(
                base.with_name(f"{base.name}_{name}.{request.format}"),
                to_uint8(sitting.edit(face, name, request.steps)), request,
                sitting,
            )


def _write_film(path, frames, request, sitting):
    # PyAV takes a tenth of a second to import.
    from exprgan_tf.pictures.movie_files import write_movie

    write_movie(path, frames, request.fps, record=sitting.record)


def _write_pictures(sitting, face, request, whole):
    """One picture an edit of a face, and a sheet: a row an expression.

    Args:
        whole: whether each photograph is written, too.

    Returns:
        As `write_edits`.
    """
    base, strongest = sitting.name(face), {}

    def row(name):
        steps, made = request.steps_of(name), []
        for intensity, (image, picture) in zip(
            steps, sitting.edits(face, name, steps, whole), strict=True
        ):
            at = request.intensity_name(intensity)
            write_png(
                base.with_name(f"{base.name}_{name}_{at}.png"),
                to_uint8(image), sitting.record, noted=request.note_edit,
            )
            made.append(image)
            if whole:
                _write_photograph(sitting, request, name, intensity, picture)
                if intensity == max(steps):
                    strongest[name] = picture
        return made

    start, columns = [sitting.editors[face].before], ["input"]
    if NEUTRAL in request.expressions:
        start += row(NEUTRAL)
        columns.append(NEUTRAL)
    labels = [name for name in request.expressions if name != NEUTRAL]
    rows = [start + row(name) for name in labels]
    if rows:
        columns += map(request.intensity_name, request.intensities)
    write_png(
        base.with_name(f"{base.name}_grid.png"),
        sheet(rows or [start], columns, labels or None), sitting.record,
        noted=request.note_edit,
    )
    return {
        name: strongest[name] for name in request.expressions
        if name in strongest
    }


def _write_levels(sitting, face, request):
    """Fig. 3: one element of a code at +1, every other at -1."""
    editor, base = sitting.editors[face], sitting.name(face)
    config = editor.model.config
    labels = [name for name in request.expressions if name != NEUTRAL]
    rows = []
    for name in labels:
        made = editor.decode(editor.model.level_codes(name))
        for level, image in enumerate(made, start=1):
            write_png(
                base.with_name(f"{base.name}_{name}_level{level}.png"),
                to_uint8(image), sitting.record, noted=request.note_edit,
            )
        rows.append(made)
    if rows:
        write_png(base.with_name(f"{base.name}_levels.png"), sheet(
            rows, [f"element {level}" for level in
                   range(1, config.code_size + 1)],
            labels,
        ), sitting.record, noted=request.note_edit)
