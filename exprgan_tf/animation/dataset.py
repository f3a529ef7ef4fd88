"""Moves the photographs of a data set, and writes what tells of it."""

import dataclasses
import hashlib
import pathlib
from concurrent.futures.process import BrokenProcessPool

import numpy as np

from exprgan_tf.animation import jobs, report
from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.photographs import photographs_to_move, share_of
from exprgan_tf.animation.reduced_model import (
    ReducedFaceModel,
    carried_face_model,
)
from exprgan_tf.errors import UserError
from exprgan_tf.support.output_folder import OutputFolder
from exprgan_tf.support.places import require_apart
from exprgan_tf.support.processes import core_count, in_processes
from exprgan_tf.support.progress import progress_bar

# Goes up when the same settings give other pictures.
ENGINE = 12
_FOLDERS = (jobs.IMAGES, jobs.MOTIONS, jobs.REFUSED)
# Bytes a pixel, at the most, of a picture and of its motion.
_PICTURE_BYTES, _MOTION_BYTES = 0.8, 5.0
_given = None


def animate_dataset(request, settings):
    """Writes a data set; what an earlier run left there is continued.

    Args:
        request: an `AnimateRequest`.
        settings: the `Settings`.

    Returns:
        The report, see `report.summarize`.

    Raises:
        UserError: for photographs or a face model that cannot be used, an
            output folder that is in use, a full disk, a process that died,
            or with `strict` a photograph that was refused.
    """
    output = pathlib.Path(request.output)
    require_apart(output, {"photos": request.photos})
    folder = OutputFolder(output, "moved photographs", _FOLDERS)
    folder.check(request.overwrite)
    photos, skipped = photographs_to_move(
        request.photos, request.source, settings.any_expression
    )
    model = open_face_model(request.ict_model)
    try:
        folder.begin({
            **dataclasses.asdict(settings), "engine": ENGINE,
            "face_model": _fingerprint(model),
            "photos": _listing(photos),
        }, request.overwrite)
        _work(folder, request, settings, photos, model)
        rows = folder.all_rows(len(photos))
        taken = [row for row in rows if len(row) == len(jobs.COLUMNS)]
        refused = [row for row in rows if len(row) != len(jobs.COLUMNS)]
        refused += [["", reason, str(name)] for name, reason in skipped]
        if request.strict and refused:
            raise UserError(
                f"--strict: {len(refused)} photographs refused, the first: "
                f"{refused[0][2]}: {refused[0][1]}"
            )
        if not taken:
            raise UserError(
                f"--photos={request.photos}: none of {len(photos)} "
                f"photographs can be moved; the first: {refused[0][2]}: "
                f"{refused[0][1]}"
            )
        if settings.test_fraction:
            taken = _with_a_test_split(taken)
        summary = report.summarize(taken, refused)
        report.write(folder, summary, taken, refused, settings)
        folder.finish(jobs.COLUMNS, taken)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    return summary


def _with_a_test_split(rows):
    """Among few people chance may have chosen nobody for testing: then it is
    the one who was nearest to being chosen."""
    split, subject = (jobs.COLUMNS.index(name) for name in ("split", "subject"))
    people = {row[subject] for row in rows}
    if len(people) < 2 or any(row[split] == "test" for row in rows):
        return rows
    tester = min(people, key=share_of)
    return [
        [*row[:split], "test", *row[split + 1:]]
        if row[subject] == tester and row[split] == "train" else row
        for row in rows
    ]


def open_face_model(path):
    """The `ReducedFaceModel` of a file or of `FaceXModel`; None: carried.

    Raises:
        UserError: naming --ict_model, when it cannot be used.
    """
    if path is None:
        return carried_face_model()
    if not pathlib.Path(path).is_dir():
        return ReducedFaceModel.load(path)
    # Rendering needs numba, which most users do not have.
    from exprgan_tf.animation.calibration import measure_correspondence
    from exprgan_tf.animation.reduction import reduce_face_model
    from exprgan_tf.rendering.face_model import read_face_model

    model = read_face_model(path)
    return reduce_face_model(model, *measure_correspondence(model))


def _work(folder, request, settings, photos, model):
    finished = folder.finished_subjects()
    missing = [
        index for index in range(len(photos)) if index not in finished
    ]
    pictures = len(missing) * (1 + 6 * settings.per_expression)
    folder.require_space(
        pictures * settings.side ** 2
        * (_PICTURE_BYTES + _MOTION_BYTES * settings.motions),
        f"up to {pictures} pictures",
    )
    count = max(min(request.workers or core_count(), len(missing)), 1)
    # The carried one is read anew by each process: less to send.
    carried = model is carried_face_model()
    given = (None if carried else model, settings, photos, folder)
    with progress_bar(
        len(photos), "photographs", "photo", len(finished)
    ) as bar:
        try:
            for index, rows in in_processes(
                _animate, missing, count, _start, given
            ) if missing else ():
                folder.finish_subject(index, rows)
                bar.update(1)
        except BrokenProcessPool:
            raise UserError(
                "a process died, perhaps for want of memory; repeat the "
                f"command to go on, or give fewer --workers (now {count})"
            ) from None


def _start(model, settings, photos, folder):
    global _given
    animator = Animator.load() if model is None else Animator(model)
    _given = animator, settings, photos, folder


def _animate(index):
    animator, settings, photos, folder = _given
    return index, jobs.animate_photograph(
        animator, settings, photos[index], index, folder
    )


def _fingerprint(model):
    digest = hashlib.sha256()
    for array in (model.neutral, model.modes, model.shapes, model.triangles):
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _listing(photos):
    """Changes when photographs come, go, or change their size."""
    digest = hashlib.sha256()
    for photo in photos:
        try:
            size = photo.path.stat().st_size
        except OSError:
            size = None
        digest.update(repr((str(photo.path.name), photo.subject, photo.split,
                            photo.landmarks, size)).encode(
                                "utf-8", "backslashreplace"))
    return digest.hexdigest()
