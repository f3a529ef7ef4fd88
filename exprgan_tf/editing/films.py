"""Edits of films: the largest face, frame by frame.

A film is read frame by frame: once to find the face in each frame, then for
each film that is written. The places of the face are smoothed over time, so
that nothing flickers. What the decoder edits has one identity code, one edit
and one motion for the whole film.
"""

import contextlib
import dataclasses
import pathlib

import numpy as np
from scipy.signal import savgol_filter

from exprgan_tf import fitting
from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.animated import CannotMove
from exprgan_tf.editing.decoded import DecodedFace
from exprgan_tf.editing.editors import moved_face, network_instead
from exprgan_tf.editing.naming import EditFiles, film_endings
from exprgan_tf.editing.request import ANIMATE, DECODER, EditRequest
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment, detector
from exprgan_tf.faces.detector import NoFaceError
from exprgan_tf.faces.photographs import face_at, find_faces
from exprgan_tf.pictures.movie_files import write_movie
from exprgan_tf.pictures.movies import Movie
from exprgan_tf.support.processes import in_threads
from exprgan_tf.support.progress import progress_bar

# Seconds: gaps without a face that are bridged, and how long the parabolas
# are that smooth its way (Savitzky, Golay 1964).
_LONGEST_GAP, _SMOOTHED_OVER = 0.25, 0.4
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
        landmarks: `[5, 2]` in each frame, or None; smooth.
        editor: what edits the face in all frames alike; None: each frame's
            own pixels move.
    """

    film: Movie
    request: EditRequest
    model: object
    transforms: list
    landmarks: list
    editor: DecodedFace | None

    def changes(self, expression, intensity):
        """A function from a frame with a face to what changes, or None where
        that frame's face cannot be moved. Threads may share it."""
        mixes = self.request.mixes(expression, [intensity])
        if self.editor:
            same, = self.editor.changes(mixes)
            return lambda frame, landmarks: same

        def of_frame(frame, landmarks):
            if landmarks is None:
                face, = find_faces(frame, self.model.config, "never")
            else:
                face = face_at(frame, landmarks, self.model.config)
            with contextlib.suppress(CannotMove):
                return moved_face(
                    face, self.model, self.request
                ).changes(mixes)[0]

        return of_frame


def _scene(model, film, request):
    transforms, landmarks, samples = _follow(
        film, model.config, request.align
    )
    editor = None
    if request.method == ANIMATE and request.align != "never":
        mover, request = _mover(film, samples, model, request)
        if mover is not model:
            # It sees faces of another size.
            return _scene(film, mover, request)
    if request.method == DECODER or (
        request.method == ANIMATE and request.align == "never"
    ):
        fitted = _fit(
            model, [face.image for face in samples], request.refine
        )
        editor = DecodedFace(model, fitted, 0, samples[0].image)
    return _Scene(
        film, request, model, transforms, landmarks, editor
    )


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


def _follow(film, config, align):
    """Where the face is in each frame, and some of its pictures.

    Returns:
        A list of transforms, None where no face is; landmarks alike; some
        `Face`s.
    """
    places, samples, stride = [], [], 1
    progress = progress_bar(film.about_frames, "find the face", "frame")
    for number, frame in enumerate(film):
        if align == "never":
            face, = find_faces(frame, config, align)
            places.append(face.transform)
        else:
            face = _face(frame, places, config)
            places.append(None if face is None else face.landmarks)
        if face is not None and number % stride == 0:
            samples.append(face)
        if len(samples) == 2 * _SAMPLES:
            samples, stride = samples[::2], 2 * stride
        progress.update()
    progress.close()
    if not samples:
        raise NoFaceError(f"{film.path}: no face found in any frame")
    if align == "never":
        return places, [None] * len(places), samples
    landmarks = smooth_landmarks(places, film.fps)
    return [
        None if points is None else alignment.similarity(
            points, config.image_size, config.face_margin
        )
        for points in landmarks
    ], landmarks, samples


def _face(frame, places, config):
    """The face of the frame before; without one, the largest."""
    before = places[-1] if places else None
    same = None if before is None else detector.find_near(frame, before)
    # A look at all four sides of each frame without a face would take long.
    found = (
        detector.find_landmarks(frame, turned=False) if same is None
        else [same]
    )
    if before is not None:
        reach = 2.0 * np.linalg.norm(before[1] - before[0])
        near = [
            points for points in found
            if np.linalg.norm((points - before).mean(axis=0)) < reach
        ]
        near.sort(
            key=lambda points: np.linalg.norm((points - before).mean(axis=0))
        )
        found = near or found
    try:
        return face_at(frame, found[0], config) if found else None
    # MTCNN now and then sees a face whose eyes are below its mouth.
    except UserError:
        return None


def smooth_landmarks(landmarks, fps):
    """Landmarks of a film without their jitter.

    Args:
        landmarks: float `[5, 2]` for each frame, None without a face.
        fps: frames a second.

    Returns:
        The same; short gaps are filled.
    """
    known = np.array([points is not None for points in landmarks])
    frames = np.flatnonzero(known)
    if not len(frames):
        return list(landmarks)
    found = np.stack([landmarks[frame] for frame in frames]).reshape(-1, 10)
    result = [None] * len(landmarks)
    apart = np.diff(frames) > _LONGEST_GAP * fps + 1
    # A leap is another shot or another face.
    eyes = np.linalg.norm(found[:, 2:4] - found[:, :2], axis=1)
    leap = np.linalg.norm(np.diff(found[:, 4:6], axis=0), axis=1)
    apart |= leap > eyes[:-1]
    for part in np.split(np.arange(len(frames)), np.flatnonzero(apart) + 1):
        span = np.arange(frames[part[0]], frames[part[-1]] + 1)
        whole = np.stack([
            np.interp(span, frames[part], column)
            for column in found[part].T
        ], axis=1)
        window = min(round(_SMOOTHED_OVER * fps), len(span))
        window -= 1 - window % 2
        if window > 2:
            whole = savgol_filter(whole, window, 2, axis=0)
        for frame, points in zip(span, whole, strict=True):
            result[frame] = points.reshape(5, 2)
    return result


def _fit(model, samples, refine):
    """One identity for all frames: a `fitting.Fitted` of one face."""
    if refine == "full":
        # Decoders, unlike codes, have no mean.
        samples = samples[len(samples) // 2 :][:1]
    fitted = fitting.fit(model, np.stack(samples), refine)
    if refine == "full":
        return fitted
    return fitting.Fitted(
        model, fitted.identities.mean(axis=0, keepdims=True),
        input_codes=fitted.input_codes.mean(axis=0, keepdims=True),
    )


def _write(scene, expression, intensity, path, record):
    change_of = scene.changes(expression, intensity)
    film = scene.film
    progress = progress_bar(len(scene.transforms), path.name, "frame")

    def edited(frame, transform, landmarks):
        change = None if transform is None else change_of(frame, landmarks)
        if change is not None:
            frame = change.apply(frame, transform)
        return frame, transform, change

    def frames():
        before = None
        for frame, transform, change in in_threads(edited, zip(
            film, scene.transforms, scene.landmarks, strict=True
        )):
            # Else as in the frame before: a blink must not flicker.
            if change is None and transform is not None and before is not None:
                frame = before.apply(frame, transform)
            before = change or before
            progress.update()
            yield frame

    write_movie(path, frames(), film.fps, film, record)
    progress.close()
