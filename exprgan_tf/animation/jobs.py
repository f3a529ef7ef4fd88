"""The pictures of one photograph: which ones, their names, rows and bytes."""

import dataclasses
import hashlib
import json

import numpy as np

from exprgan_tf.animation.of_pictures import motion_of_picture
from exprgan_tf.animation.photographs import split_of, subject_of
from exprgan_tf.animation.quality import fault, measure
from exprgan_tf.animation.recipes import EXPRESSIONS, STYLES, vary
from exprgan_tf.animation.tinting import is_gray, tinted
from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.motions import encode_motion
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment
from exprgan_tf.faces.detector import find_landmarks
from exprgan_tf.pictures.files import encode_picture, read_image
from exprgan_tf.support.places import printable

COLUMNS = (
    "path", "subject", "expression", "intensity", "split", "style", "weights",
    "motion", "photograph", "left_eye_x", "left_eye_y", "right_eye_x",
    "right_eye_y", "nose_x", "nose_y", "mouth_left_x", "mouth_left_y",
    "mouth_right_x", "mouth_right_y",
)
IMAGES, MOTIONS, REFUSED = "images", "motions", "refused"
LADDER = (0.2, 0.4, 0.6, 0.8, 1.0)
_JPEG = {"quality": 95, "subsampling": 0}
_THUMBNAIL = 96
# The least weight of a shape that leaves a picture at rest when it is taken
# back.
_SHOWN = 0.15
# Faces are judged on so fine a grid, so that what is taken does not depend on
# how large the pictures are; and move on one that is hardly finer than those.
_JUDGED_SIDE, _LEAST_MOVED_SIDE = 256, 128


def animate_photograph(animator, settings, photo, index, folder):
    """Writes all pictures of a photograph.

    What is drawn depends on the seed and the photograph's name only.

    Args:
        animator: an `Animator`.
        settings: the `Settings`.
        photo: a `Photo`.
        index: its number, which names its files.
        folder: the `OutputFolder`.

    Returns:
        Rows of `COLUMNS`; for a photograph that is refused one row
        `[path of a thumbnail or "", reason, name]`.
    """
    name = printable_name(photo)
    stem = f"{index:05d}"
    try:
        picture = read_image(photo.path)
    except UserError as error:
        reason = str(error).removeprefix(f"{photo.path}").lstrip(": ")
        return [["", f"cannot be read: {reason}", name]]
    five = photo.landmarks
    if five is None:
        found = find_landmarks(picture)
        if not found:
            return [_refusal(folder, stem, picture, "no face found", name)]
        five = found[0]
    try:
        transform = alignment.similarity(five, settings.side)
    except UserError:
        return [_refusal(folder, stem, picture, "no upright face", name)]
    generator = np.random.default_rng([settings.seed, _number(photo)])
    if generator.uniform() < settings.tint and is_gray(picture):
        picture = tinted(picture, generator)
    face = animator.fit(picture, five, max(settings.side, _JUDGED_SIDE))
    measures = measure(face, picture)
    shows = photo.expression != NEUTRAL or (
        settings.any_expression and fault(measures) is not None
    )
    reason = fault(measures, at_rest=not shows)
    if shows and not reason and max(
        map(abs, face.shown_at_rest.values()), default=0.0
    ) < _SHOWN:
        reason = "shows no expression that can be taken back"
    if reason:
        cut = alignment.cut_out(
            picture, _THUMBNAIL, alignment.similarity(five, _THUMBNAIL, 0.1)
        )
        return [_refusal(folder, stem, cut, reason, name)]
    if settings.side < _JUDGED_SIDE:
        face = animator.fit(
            picture, five, max(settings.side, _LEAST_MOVED_SIDE)
        )
    writer = _Writer(settings, photo, name, stem, folder, picture, face,
                     transform, shows)
    split = split_of(photo, settings.test_fraction)
    rows = [writer.write(NEUTRAL, NEUTRAL, 0.0, NEUTRAL, "", {})]
    if shows:
        rows.append(writer.write_untouched("untouched", split))
    for expression in EXPRESSIONS:
        for number in range(settings.per_expression):
            intensity = round(
                generator.uniform(settings.least_intensity, 1.0), 4
            )
            style, weights = _draw(
                animator, settings, generator, expression
            )
            rows.append(writer.write(
                f"{expression}_{number}", expression, intensity, split,
                style, weights,
            ))
    if settings.ladders and split == "test":
        for expression in EXPRESSIONS:
            style, weights = _draw(
                animator, settings, generator, expression
            )
            rows += [
                writer.write(
                    f"ladder_{expression}_{round(intensity * 100):03d}",
                    expression, intensity, "ladder", style, weights,
                )
                for intensity in LADDER
            ]
    return rows


def printable_name(photo):
    """Its name below the folder of the set, so that rows do not depend on
    where the set lies."""
    return printable(photo.key or photo.name)


def _number(photo):
    digest = hashlib.sha256(printable_name(photo).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def _draw(animator, settings, generator, expression):
    styles = STYLES[expression][:settings.styles]
    style = int(generator.integers(len(styles)))
    return style, vary(animator.model, styles[style], generator)


def with_room(picture, transform, side):
    """A photograph that shows all of a face's square.

    What lies beyond its edge is the edge's colour, as in what
    `alignment.cut_out` cuts out; but moved lips go on there, too.

    Args:
        picture: uint8 `[h, w, 3]`.
        transform: `[2, 3]`, to the square of the face.
        side: of the square, pixels.

    Returns:
        uint8 `[h', w', 3]`, and the place `[2]` of the photograph's first
        pixel in it.
    """
    corners = np.array([(x, y) for x in (0, side) for y in (0, side)])
    places = (corners - 0.5 - transform[:, 2]) @ np.linalg.inv(
        transform[:, :2]
    ).T
    end = np.array(picture.shape[1::-1]) - 1
    before = np.ceil(np.maximum(-places.min(axis=0), 0)).astype(int)
    after = np.ceil(np.maximum(places.max(axis=0) - end, 0)).astype(int)
    across, down = zip(before, after, strict=True)
    return np.pad(picture, (down, across, (0, 0)), "edge"), before


def _moved_by(transform, shift):
    """A transform from a picture in which everything lies `shift` farther."""
    return np.c_[
        transform[:, :2], transform[:, 2] - transform[:, :2] @ shift
    ]


def _refusal(folder, stem, picture, reason, name):
    path = folder.path / REFUSED / f"{stem}.jpg"
    side = min(picture.shape[:2])
    scale = _THUMBNAIL / side
    small = alignment.cut_out(picture, _THUMBNAIL, np.array([
        [scale, 0, 0.5 * scale - 0.5], [0, scale, 0.5 * scale - 0.5]
    ]))
    _write(folder, path, encode_picture(small, "jpeg", quality=85))
    return [f"{REFUSED}/{path.name}", reason, name]


def _write(folder, path, data):
    with folder.file(path) as partial:
        partial.write_bytes(data)


class _Writer:
    """Writes pictures of one photograph, and says what the manifest has."""

    def __init__(self, settings, photo, name, stem, folder, picture, face,
                 transform, shows):
        self.settings, self.photo, self.name = settings, photo, name
        self.shows = shows
        self.stem, self.folder = stem, folder
        self.picture, self.shift = with_room(picture, transform, settings.side)
        self.face, self.transform = face, transform
        # Those of the photograph for all its pictures: what moves is the
        # face, and not how it was cut out.
        self.landmarks = (
            face.five_points @ transform[:, :2].T + transform[:, 2]
        )

    def write(self, name, expression, intensity, split, style, weights):
        scaled = {
            shape: weight * intensity for shape, weight in weights.items()
        }
        if self.shows:
            # What is asked for is all that is seen, however weak it is.
            motion = self.face.motion(scaled, taken_back=1.0)
        else:
            motion = self.face.motion(weights, intensity, taken_back=1.0)
        return self._write(
            name, expression, f"{intensity:.4f}", split, style, scaled, motion
        )

    def write_untouched(self, name, split):
        """A photograph that shows its expression, nobody knows how strong."""
        return self._write(
            name, self.photo.expression, "", split, "", {},
            self.face.motion({}),
        )

    def _write(self, name, expression, intensity, split, style, weights,
               motion):
        moved = dataclasses.replace(
            motion, transform=_moved_by(motion.transform, self.shift)
        ).apply(self.picture)
        cut = _moved_by(self.transform, self.shift)
        side = self.settings.side
        path = self.folder.path / IMAGES / f"{self.stem}_{name}.jpg"
        _write(self.folder, path, encode_picture(
            alignment.cut_out(moved, side, cut), "jpeg", **_JPEG
        ))
        motion_path = ""
        if self.settings.motions:
            file = self.folder.path / MOTIONS / f"{self.stem}_{name}.motion"
            _write(self.folder, file, encode_motion(
                motion_of_picture(motion, self.transform, side)
            ))
            motion_path = f"{MOTIONS}/{file.name}"
        rounded = {
            shape: round(weight, 4) for shape, weight in weights.items()
        }
        return [
            f"{IMAGES}/{path.name}", subject_of(self.photo), expression,
            intensity, split, str(style),
            json.dumps(rounded, separators=(",", ":")), motion_path, self.name,
            *(f"{value:.2f}" for point in self.landmarks for value in point),
        ]
