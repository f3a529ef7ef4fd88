"""Faces of a photograph as the model takes them."""

import dataclasses

import numpy as np

from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment, detector
from exprgan_tf.pictures.files import read_photograph, to_model_input


@dataclasses.dataclass(frozen=True)
class Face:
    """A face as the model takes it, and where it is from.

    Args:
        image: float32 `[s, s, 3]` in [-1, 1].
        picture: its photograph, uint8 `[h, w, 3]`.
        transform: float `[2, 3]`, from the photograph to the face, see
            `alignment.AlignedFace`.
        landmarks: float `[5, 2]`, pixels of the photograph, see
            `alignment.TEMPLATE`; None when nobody looked for them.
        mesh: what Face Mesh finds there, where that is known, see
            `animation.landmarks.FaceMesh`.
    """

    image: np.ndarray
    picture: np.ndarray
    transform: np.ndarray
    landmarks: np.ndarray | None = None
    mesh: tuple | None = None


def find_faces(picture, config, align="auto", name="picture"):
    """The faces of a photograph, the largest first.

    Args:
        picture: uint8 `[h, w, 3]`.
        config: the model's `Config`.
        align: "auto" takes a square picture whole whose largest face is in
            place already, "always" cuts each face out anew, "never" takes
            the middle square as it is. A picture that is taken whole is one
            face.
        name: what errors call the picture.

    Returns:
        A list of at least one `Face`.

    Raises:
        detector.NoFaceError: a `UserError`, when there is none.
    """
    if align == "never":
        return [_whole(picture, config)]
    found = detector.find_landmarks(picture)
    if align == "auto" and found and alignment.is_aligned(
        picture, found[0], config.face_margin
    ):
        return [_whole(picture, config, found[0])]
    faces = []
    for landmarks in found:
        try:
            faces.append(face_at(picture, landmarks, config))
        # MTCNN now and then sees a face whose eyes are below its mouth.
        except UserError:
            continue
    if not faces:
        raise detector.NoFaceError(f"{name}: no face found")
    return faces


def face_at(picture, landmarks, config, mesh=None):
    """The face with given landmarks, cut out.

    Args:
        picture: uint8 `[h, w, 3]`.
        landmarks: float `[5, 2]`, pixels.
        config: the model's `Config`.
        mesh: as of `Face`.

    Returns:
        A `Face`.

    Raises:
        UserError: when the landmarks are no upright face's.
    """
    face, = alignment.align(
        picture, config.image_size, landmarks, config.face_margin
    )
    return Face(
        to_model_input(face.image, config), picture, face.transform,
        face.landmarks, mesh,
    )


def read_face(path, config, align="auto"):
    """The largest face of a photograph on disk, as `read_faces`."""
    return read_faces(path, config, align)[1][0]


def read_faces(path, config, align="auto"):
    """A photograph on disk, and its faces.

    Args:
        path: an image file.
        config, align: as for `find_faces`.

    Returns:
        A `Photograph` and what `find_faces` finds.

    Raises:
        UserError: when it cannot be read, or no face is found; says what to
            do then.
    """
    photograph = read_photograph(path)
    try:
        return photograph, find_faces(
            photograph.pixels, config, align, path
        )
    except detector.NoFaceError as error:
        raise detector.NoFaceError(
            f"{error}; give --align=never for faces that are aligned already"
        ) from None


def _whole(picture, config, landmarks=None):
    """The middle square of a picture as a face."""
    height, width = picture.shape[:2]
    side = min(height, width)
    scale = config.image_size / side
    corner = (width - side) / 2, (height - side) / 2
    transform = np.array([
        [scale, 0.0, scale * (0.5 - corner[0]) - 0.5],
        [0.0, scale, scale * (0.5 - corner[1]) - 0.5],
    ])
    return Face(
        to_model_input(picture, config), picture, transform, landmarks
    )
