"""What the page asks of the model."""

import importlib.resources

import numpy as np

from exprgan_tf import fitting
from exprgan_tf.config import NEUTRAL
from exprgan_tf.config_motion import MOTION
from exprgan_tf.editing.animated import AnimatedFace, CannotMove, MovedFace
from exprgan_tf.editing.decoded import DecodedFace
from exprgan_tf.editing.late import decoding_editors
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.editing.new_faces import draw_person
from exprgan_tf.editing.request import DECODER
from exprgan_tf.editing.transferring import transfer_code
from exprgan_tf.errors import UserError
from exprgan_tf.faces.detector import NoFaceError
from exprgan_tf.faces.photographs import find_faces
from exprgan_tf.page.portraits import Photograph, Portrait, Sitter
from exprgan_tf.pictures.files import (
    decode_photograph,
    decode_picture,
    encode_picture,
    to_model_input,
)
from exprgan_tf.pictures.levels import to_uint8
from exprgan_tf.pictures.sheets import sheet

STATIC = importlib.resources.files("exprgan_tf.page") / "static"
EXAMPLES = tuple(sorted(
    file.name for file in STATIC.iterdir() if file.name.startswith("example")
))
# Sliders of the page, by part of the face; names of `reduced_model`.
SHAPES = {
    "Brows": ("browInnerUp", "browOuterUp", "browDown"),
    "Eyes": ("eyeBlink", "eyeWide", "eyeSquint", "cheekSquint"),
    "Nose": ("noseSneer",),
    "Mouth": (
        "jawOpen", "mouthSmile", "mouthFrown", "mouthPucker", "mouthStretch",
        "mouthUpperUp", "mouthLowerDown", "mouthPress",
    ),
}
JPEG_QUALITY = 92
GRID_INTENSITIES = (0.2, 0.4, 0.6, 0.8, 1.0)
# A sweep from neutral to the whole expression.
SWEEP = tuple(np.linspace(0.0, 1.0, 12))
# The seed of `generate`: the same number is the same person there.
_SEED = 0


class Studio:
    """Faces in, edited faces out; nothing is read from or written to disk.

    Args:
        model: an `ExprGAN`.
        find_labels: a function from images `[n, s, s, 3]` to class indices,
            for `read_expression`.
        refine: as in `ExprGAN.edit`, "detail", "identity" or "none".
        max_pixels: most pixels of an upload.
        method: what edits photographs where that can be done, "decoder",
            "animate" or "motion".
        motion: the `MotionModel` of the last, and of faces that cannot be
            animated; of the model's classes.
        note_edit: whether downloads say that a network changed them.

    Raises:
        UserError: for a model that cannot edit.
    """

    def __init__(
        self, model, find_labels, refine="detail", max_pixels=24_000_000,
        method=DECODER, motion=None, note_edit=True,
    ):
        if not model.encodes or not model.knows_expressions:
            raise UserError(
                f"--model: a model of --model_type={model.config.model_type} "
                "edits no expressions"
            )
        self.model = model
        self.max_pixels = max_pixels
        self._find_labels = find_labels
        self._refine = refine
        self._method = method
        self._motion = motion
        self._note_edit = note_edit

    def find(self, upload):
        """The `Portrait`s of an upload, largest face first.

        Args:
            upload: the bytes of an image file.

        Raises:
            UserError: when it cannot be read, is too large, or shows no face.
        """
        photograph = decode_photograph(upload, "This file", self.max_pixels)
        try:
            faces = find_faces(photograph.pixels, self.model.config)
        except NoFaceError:
            raise UserError(
                "No face was found in this picture. Try one in which the "
                "face is larger, upright and well lit"
            ) from None
        return [
            Portrait(
                face.image, upload, face.transform, face.landmarks,
                photograph.note,
            ) for face in faces
        ]

    def fit(self, portrait):
        """A `Sitter` of a `Portrait`."""
        if portrait.upload is None:
            return Sitter(portrait, self._decoded(portrait))
        size = self.model.config.image_size
        photograph = Photograph.of(portrait)
        screen = photograph.for_screen(size)
        editor, note = None, None
        if self._method != DECODER and portrait.landmarks is not None:
            face = screen.face(portrait)
            try:
                editor = AnimatedFace.of(face, self.model.config.classes)
            except CannotMove as reason:
                note = str(reason)
            if self._motion and (self._method == MOTION or editor is None):
                editor = NetworkFace(self._motion, face, editor)
                note = None
        return Sitter(
            portrait, editor or self._decoded(portrait),
            screen if photograph.is_more_than(size) else None, note,
        )

    def _decoded(self, portrait):
        editor, = decoding_editors(self.model, [portrait], self._refine)
        return editor

    def example(self, number):
        """A `Sitter`: one of the faces that come along."""
        data = (STATIC / EXAMPLES[number]).read_bytes()
        picture = decode_picture(data, EXAMPLES[number])
        return self.fit(Portrait(
            to_model_input(picture, self.model.config)
        ))

    def person(self, number):
        """A `Sitter` who does not exist: person `number` of `generate`."""
        identity, _ = draw_person(self.model, _SEED, number)
        fitted = fitting.Fitted(
            self.model, identity[None].astype("float32")
        )
        image, = fitted.decode(self.model.mixed_codes([[]]))
        return Sitter(
            Portrait(image), DecodedFace(self.model, fitted, 0, image)
        )

    def edit(self, sitter, mix, photograph=False):
        """The edited face, or its photograph, on the screen.

        Args:
            sitter: a `Sitter`.
            mix: pairs of an expression's name, a code `[K d]`, or shapes
                `{name: weight}`, and an intensity.
            photograph: whether the whole photograph is wanted.

        Returns:
            uint8 `[h, w, 3]`.

        Raises:
            UserError: for a name the model does not know, or a code of
                another length.
        """
        if isinstance(sitter.editor, MovedFace):
            return sitter.editor.on_screen(mix, photograph)
        if photograph:
            return sitter.screen.with_change(sitter.editor.changes([mix])[0])
        return to_uint8(sitter.editor.pictures([mix])[0])

    def download(self, sitter, mix, photograph=False):
        """The same as a file, the photograph in its own size.

        Returns:
            Bytes: a JPEG of the photograph, or a PNG where it is
            transparent, with what its file says of colours and time; a PNG
            of the face alone.
        """
        if not photograph:
            return encode_picture(
                to_uint8(sitter.editor.pictures([mix])[0]),
                noted=self._note_edit,
            )
        around = Photograph.of(sitter.portrait)
        made = around.with_change(sitter.editor.changes([mix])[0])
        kind, options = "jpeg", {"quality": JPEG_QUALITY}
        if around.photograph.alpha is not None:
            kind, options = "png", {}
        return encode_picture(
            made, kind, around.photograph, self._note_edit, **options
        )

    def grid(self, sitter):
        """A PNG of a labelled sheet: each expression at each intensity."""
        classes = self.model.config.classes
        neutral, *made = sitter.editor.pictures([[(NEUTRAL, 1.0)]] + [
            [(name, intensity)]
            for name in classes for intensity in GRID_INTENSITIES
        ])
        count = len(GRID_INTENSITIES)
        rows = [
            [sitter.editor.before, neutral,
             *made[row * count : (row + 1) * count]]
            for row in range(len(classes))
        ]
        columns = ["before", NEUTRAL, *(f"{x:.2f}" for x in GRID_INTENSITIES)]
        return encode_picture(
            sheet(rows, columns, list(classes)), noted=self._note_edit
        )

    def sweep(self, sitter, mix, photograph=False):
        """Pictures from neutral to a mixture, uint8 `[n, h, w, 3]`."""
        mixes = [
            [(what, intensity * share) for what, intensity in mix]
            for share in SWEEP
        ]
        if not photograph:
            return to_uint8(sitter.editor.pictures(mixes))
        return np.stack([
            sitter.screen.with_change(change)
            for change in sitter.editor.changes(mixes)
        ])

    def read_expression(self, portrait, expression=None):
        """What a face shows: `(class name, code [K d])`.

        Args:
            portrait: a `Portrait`.
            expression: its class name, where it is known.

        Raises:
            UserError: for a name that is no class.
        """
        images = portrait.image[None]
        if expression is None:
            label = int(self._find_labels(images)[0])
        else:
            label = self.model.class_index(expression)
        if label is None:
            raise UserError("A neutral face lends no expression")
        code, = transfer_code(self.model, images, [label])
        return self.model.config.classes[label], code
