"""Edits of films: the largest face, frame by frame.

A film is read frame by frame: once to follow the face (`following.py`), then
for each film that is written. What the decoder edits has one identity code,
one edit and one motion for the whole film.
"""

import contextlib
import dataclasses
import pathlib

from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.animated import CannotMove
from exprgan_tf.editing.editors import moved_face, network_instead
from exprgan_tf.editing.following import Follower, smooth
from exprgan_tf.editing.late import decoding_editor_of_film
from exprgan_tf.editing.naming import EditFiles, film_endings
from exprgan_tf.editing.request import ANIMATE, DECODER, EditRequest
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment
from exprgan_tf.faces.detector import NoFaceError
from exprgan_tf.faces.photographs import face_at, find_faces
from exprgan_tf.pictures.movie_files import write_movie
from exprgan_tf.pictures.movies import Movie
from exprgan_tf.support.processes import in_threads
from exprgan_tf.support.progress import progress_bar

# Frames to which the identity code is fitted, at most.
_SAMPLES = 8


def edit_film(model, path, request):
    """Writes `{stem}_{expression}_{intensity}.mp4` for each edit of a film.

    Times of frames, colours, pixel shape and sound are kept; frames without a
    face stay as they are.

    Args:
        model: an `ExprGAN`, or the `MotionModel` of `--method=motion`.
        path: the film.
        request: the `EditRequest`.

    Raises:
        UserError: when it cannot be read, shows no face, or the request
            asks for what only photographs have.
    """
    for flag, given in (
        ("--faces=all", request.faces == "all"),
        ("--face_expressions", request.face_expressions),
        ("--levels", request.levels),
        ("--contact_sheet", request.contact_sheet),
        ("--format=gif", request.format == "gif"),
    ):
        if given:
            raise UserError(f"{flag} is for photographs; {path} is a film")
    outputs = EditFiles(request, [path], film_endings(request))
    scene = _scene(model, Movie(path), request)
    output, base = pathlib.Path(request.output), outputs.base(path)
    for expression in request.expressions:
        for intensity in request.steps_of(expression):
            at = request.intensity_name(intensity)
            _write(scene, expression, intensity, base.with_name(
                f"{base.name}_{expression}_{at}.mp4"
            ), outputs.record)
    print(f"edited {len(scene.transforms)} frames, films: {output}")


@dataclasses.dataclass(frozen=True)
class _Scene:
    """A film whose face is known.

    Args:
        film: a `Movie`.
        request: the `EditRequest`.
        model: what edits, see `edit_film`.
        transforms: where the face is in each frame, None where none is.
        followed: a `Followed` in each frame, or None; smooth.
        editor: the `DecodedFace` that edits the face in all frames alike;
            None: each frame's own pixels move.
    """

    film: Movie
    request: EditRequest
    model: object
    transforms: list
    followed: list
    editor: object | None

    def changes(self, expression, intensity):
        """A function from a frame with a face to what changes, or None where
        that frame's face cannot be moved. Threads may share it."""
        mixes = self.request.mixes(expression, [intensity])
        if self.editor:
            same, = self.editor.changes(mixes)
            return lambda frame, followed: same

        def of_frame(frame, followed):
            face = _face(frame, followed, self.model.config)
            with contextlib.suppress(CannotMove):
                return moved_face(
                    face, self.model, self.request
                ).changes(mixes)[0]

        return of_frame


def _scene(model, film, request):
    still = request.align == "never"
    followed, seen = _follow(film, still)
    samples = [_face(*sample, model.config) for sample in seen]
    if request.method == ANIMATE:
        # Without landmarks nothing can be fitted.
        model, request = (
            model, dataclasses.replace(request, method=DECODER)
        ) if still else _mover(film, samples, model, request)
    editor = decoding_editor_of_film(
        model, samples, request.refine
    ) if request.method == DECODER else None
    config = model.config
    return _Scene(film, request, model, [
        samples[0].transform if still
        else face and alignment.similarity(
            face.five_points, config.image_size, config.face_margin
        ) for face in followed
    ], followed, editor)


def _mover(film, samples, model, request):
    """What edits the film: its face may not be animated in most of some
    frames.

    Returns:
        `(model, request)`, whose method is the one that does it.

    Raises:
        UserError: when it cannot, and shapes are asked for.
    """
    reasons = []
    for face in samples:
        try:
            moved_face(face, model, request)
        except CannotMove as reason:
            reasons.append(str(reason))
    if 2 * len(reasons) < len(samples):
        return model, request
    network = network_instead(film.path, reasons[0], model, request)
    return network or model, dataclasses.replace(
        request, method=MOTION if network else DECODER
    )


def _follow(film, still):
    """Where the face is in each frame; `still`: nobody looks.

    Returns:
        A `Followed` for each frame, None where no face is or nobody looked;
        some frames and their `Followed`.
    """
    followed, samples, stride = [], [], 1
    follower = Follower(film.fps)
    progress = progress_bar(film.about_frames, "find the face", "frame")
    for number, frame in enumerate(film):
        followed.append(None if still else follower(frame))
        if number % stride == 0 and (followed[-1] or still):
            samples.append((frame, followed[-1]))
        if len(samples) == 2 * _SAMPLES:
            samples, stride = samples[::2], 2 * stride
        progress.update()
    progress.close()
    if not samples:
        raise NoFaceError(f"{film.path}: no face found in any frame")
    return smooth(followed, film.fps), samples


def _face(frame, followed, config):
    if followed is None:
        return find_faces(frame, config, "never")[0]
    return face_at(frame, followed.five_points, config, followed.mesh)


def _write(scene, expression, intensity, path, record):
    change_of = scene.changes(expression, intensity)
    film = scene.film
    progress = progress_bar(len(scene.transforms), path.name, "frame")

    def edited(frame, transform, followed):
        change = None if transform is None else change_of(frame, followed)
        if change is not None:
            frame = change.apply(frame, transform)
        return frame, transform, change

    def frames():
        before = None
        for frame, transform, change in in_threads(edited, zip(
            film, scene.transforms, scene.followed, strict=True
        )):
            # Else as in the frame before: a blink must not flicker.
            if change is None and transform is not None and before is not None:
                frame = before.apply(frame, transform)
            before = change or before
            progress.update()
            yield frame

    write_movie(path, frames(), film.fps, film, record)
    progress.close()
