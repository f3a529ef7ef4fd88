"""468 landmarks of a face: MediaPipe's Face Mesh, run without mediapipe.

The network (`carried/face_landmark.tflite`, Apache License 2.0, origin in
`carried/NOTICE.md`) wants an upright face with a quarter of its size around
it. It is started from MTCNN's five points, and then crops again by what it
found itself until the crop stands still.
"""

import functools
import pathlib
import threading

import numpy as np

from exprgan_tf.animation.fields import crop
from exprgan_tf.errors import UserError
from exprgan_tf.support.quiet import quiet_stderr

CARRIED = pathlib.Path(__file__).parent / "carried"
FACE_MESH = CARRIED / "face_landmark.tflite"
COUNT = 468

# Landmarks of contours; left and right are those of the image, and every
# list runs from left to right.
EYES = (
    # upper lid, lower lid, from corner to corner
    ((33, 246, 161, 160, 159, 158, 157, 173, 133),
     (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263),
     (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
OUTER_LIPS = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
)
INNER_LIPS = (
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)
BROWS = (
    (70, 63, 105, 66, 107, 46, 53, 52, 65, 55),
    (336, 296, 334, 293, 300, 285, 295, 282, 283, 276),
)
NOSE = (1, 2, 4, 5, 6, 19, 94, 98, 97, 326, 327, 168, 195, 197, 48, 278,
        64, 294, 115, 344, 220, 440, 45, 275)
OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365,
    379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234,
    127, 162, 21, 54, 103, 67, 109,
)

_SIDE = 192
_ROUNDS, _ROUNDS_TO_FOLLOW = 4, 2
# The crop's side, of the extent of the landmarks.
_ROOM = 1.5


class FaceMesh:
    """Finds the landmarks of one face. Threads may share it.

    Raises:
        UserError: when LiteRT is not installed.
    """

    def __init__(self):
        self._network, self._lock = open_network(FACE_MESH), threading.Lock()
        self._input = self._network.get_input_details()[0]["index"]
        self._outputs = {
            int(np.prod(details["shape"])): details["index"]
            for details in self._network.get_output_details()
        }

    def __call__(self, picture, five_points):
        """The landmarks of the face with given eyes, nose and mouth.

        Args:
            picture: uint8 `[h, w, 3]`.
            five_points: float `[5, 2]`, pixels, see
                `faces.alignment.TEMPLATE`.

        Returns:
            float `[468, 2]`, pixels with the centre of the first at 0, and
            how sure the network is that this is a face, 0 to 1.
        """
        points = np.asarray(five_points, float)
        eyes = points[1] - points[0]
        centre = points.mean(axis=0)
        down = (points[3] + points[4] - points[0] - points[1]) / 2
        side = 3.4 * max(np.hypot(*eyes), 0.9 * np.hypot(*down))
        angle = np.arctan2(eyes[1], eyes[0])
        for _ in range(_ROUNDS):
            found, score = self._once(picture, centre, side, angle)
            centre, side, angle = crop_around(found)
        return found, score

    def follow(self, picture, landmarks):
        """The landmarks of a face that was elsewhere a moment ago.

        Args:
            picture: uint8 `[h, w, 3]`, the next frame of a film.
            landmarks: float `[468, 2]`, pixels, in the one before.

        Returns:
            As above.
        """
        for _ in range(_ROUNDS_TO_FOLLOW):
            landmarks, score = self._once(picture, *crop_around(landmarks))
        return landmarks, score

    def _once(self, picture, centre, side, angle):
        seen, linear, shift = seen_by_network(picture, centre, side, angle)
        with self._lock:
            self._network.set_tensor(self._input, seen)
            self._network.invoke()
            flat, logit = (
                self._network.get_tensor(self._outputs[size]).ravel()
                for size in (3 * COUNT, 1)
            )
        # The network counts pixel edges.
        points = flat.reshape(COUNT, 3)[:, :2] - 0.5
        logit = float(logit[0])
        points = (points - shift) @ np.linalg.inv(linear).T
        return points, 1.0 / (1.0 + np.exp(-logit))


def crop_around(points):
    """Centre, side and angle of the upright crop of a face.

    Args:
        points: its landmarks `[468, 2]`, pixels.
    """
    eyes = points[263] - points[33]
    angle = np.arctan2(eyes[1], eyes[0])
    turned = points @ _rotation(angle)
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = _rotation(angle) @ ((low + high) / 2)
    return centre, _ROOM * (high - low).max(), angle


def seen_by_network(picture, centre, side, angle):
    """What the network gets of a crop.

    Args:
        picture: uint8 `[h, w, 3]`.
        centre, side, angle: as from `crop_around`.

    Returns:
        float32 `[1, 192, 192, 3]`, 0 to 1, and the matrix `[2, 2]` and the
        shift `[2]` from the picture to it, pixels.
    """
    scale = _SIDE / side
    linear = scale * _rotation(angle).T
    shift = (_SIDE - 1) / 2 - linear @ centre
    seen = crop(picture, _SIDE, np.hstack([linear, shift[:, None]]))
    return seen[None] / 255.0, linear, shift


def _rotation(angle):
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


@functools.cache
def face_mesh():
    """The one `FaceMesh` of this process."""
    return FaceMesh()


def open_network(path, keep_all=False):
    """The interpreter of a network, ready to be asked.

    Args:
        path: the `.tflite` file.
        keep_all: whether all of its tensors can be read afterwards, and not
            its outputs only; slower.

    Raises:
        UserError: when LiteRT is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError as error:
        raise UserError(
            f"finding landmarks needs LiteRT ({error}): pip install "
            "ai-edge-litert; exprgan doctor tells more"
        ) from None
    options = {
        "experimental_preserve_all_tensors": True,
        "experimental_op_resolver_type":
            OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    } if keep_all else {}
    with quiet_stderr():
        network = Interpreter(str(path), num_threads=1, **options)
        network.allocate_tensors()
    return network
