"""Faces of uploaded pictures, and the photographs around them."""

import dataclasses
import io
import math

import numpy as np
from PIL import Image

from exprgan_tf.editing.animated import MovedFace
from exprgan_tf.editing.decoded import DecodedFace
from exprgan_tf.faces.photographs import Face
from exprgan_tf.pictures import photograph as photographs
from exprgan_tf.pictures.files import decode_photograph

# On the screen a photograph is shrunk until its face and its longer side have
# at most these pixels: an answer must not take longer for a larger picture.
_FACE_SIDE, _LONGEST_SIDE = 256, 1280


@dataclasses.dataclass(frozen=True)
class Portrait:
    """A face, and the photograph it is from.

    Args:
        image: float32 `[s, s, 3]` in [-1, 1], as the model takes it.
        upload: the bytes of the photograph; None for a face without one.
        transform: float `[2, 3]`, from the photograph to the face.
        landmarks: float `[5, 2]`, pixels of the photograph, see
            `faces.alignment.TEMPLATE`.
        note: what of the upload is not seen in it; None: all is.
    """

    image: np.ndarray
    upload: bytes | None = None
    transform: np.ndarray | None = None
    landmarks: np.ndarray | None = None
    note: str | None = None

    @property
    def size(self):
        """Bytes in memory."""
        return self.image.nbytes + len(self.upload or b"")


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A picture into which a face is put back.

    Args:
        photograph: a `pictures.photograph.Photograph`.
        transform: float `[2, 3]`, from there to the face.
    """

    photograph: photographs.Photograph
    transform: np.ndarray

    @classmethod
    def of(cls, portrait):
        """The photograph of a portrait in full size."""
        return cls(
            decode_photograph(portrait.upload, "the picture"),
            portrait.transform,
        )

    @property
    def picture(self):
        """uint8 `[h, w, 3]`: what is seen of it."""
        return self.photograph.pixels

    def for_screen(self, face_size):
        """It in a size that is answered fast.

        Args:
            face_size: side of the face that the transform leads to.
        """
        height, width = self.picture.shape[:2]
        factor = min(
            1.0, _FACE_SIDE / self._face_side(face_size),
            _LONGEST_SIDE / max(height, width),
        )
        size = round(width * factor), round(height * factor)
        picture = Image.fromarray(self.picture).resize(
            size, Image.Resampling.BOX
        )
        # Positions are pixel centres; a resize scales pixel edges.
        x, y = width / size[0], height / size[1]
        back = np.array([
            [x, 0.0, 0.5 * x - 0.5], [0.0, y, 0.5 * y - 0.5],
            [0.0, 0.0, 1.0],
        ])
        return Photograph(
            photographs.Photograph(np.asarray(picture)),
            self.transform @ back,
        )

    def face(self, portrait):
        """The face of a portrait, as it lies here: a `Face`."""
        in_face = (
            portrait.landmarks @ portrait.transform[:, :2].T
            + portrait.transform[:, 2]
        )
        landmarks = np.linalg.solve(
            self.transform[:, :2], (in_face - self.transform[:, 2]).T
        ).T
        return Face(portrait.image, self.picture, self.transform, landmarks)

    def is_more_than(self, face_size):
        """Whether it shows more than the face."""
        return max(self.picture.shape) > 1.05 * self._face_side(face_size)

    def center(self, portrait):
        """Where the face is from left to right, from 0 to 1."""
        middle = np.full(2, len(portrait.image) / 2 - 0.5)
        place = np.linalg.solve(
            self.transform[:, :2], middle - self.transform[:, 2]
        )
        return float(np.clip(place[0] / self.picture.shape[1], 0.0, 1.0))

    def with_change(self, change):
        """uint8 `[h, w, 3]`: it with what an edit changes."""
        return change.apply(self.picture, self.transform)

    def _face_side(self, face_size):
        return face_size / math.hypot(
            self.transform[0, 0], self.transform[1, 0]
        )


@dataclasses.dataclass(frozen=True)
class Sitter:
    """A face that is ready to be edited.

    Args:
        portrait: a `Portrait`.
        editor: what edits it, see `editing.editors`.
        screen: its `Photograph` for the screen, or None.
        note: why its pixels cannot be moved; None when they are, or nobody
            asked.
    """

    portrait: Portrait
    editor: MovedFace | DecodedFace
    screen: Photograph | None = None
    note: str | None = None

    @property
    def size(self):
        """Bytes in memory."""
        screen = self.screen.picture.nbytes if self.screen else 0
        return self.portrait.size + screen + self.editor.size


def animated(pictures):
    """uint8 `[n, h, w, 3]` as a GIF that goes there and back."""
    frames = [Image.fromarray(picture) for picture in pictures]
    frames += frames[-2:0:-1]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=80,
        loop=0,
    )
    return buffer.getvalue()
