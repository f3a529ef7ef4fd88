"""Finding faces: MTCNN (Zhang et al. 2016)."""

import functools

import numpy as np
from PIL import Image, ImageOps

from exprgan_tf.errors import UserError
from exprgan_tf.support.keras_settings import chosen_backend
from exprgan_tf.support.quiet import import_tensorflow

# What is found of a face, in this order; left as seen in the picture.
LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
# MTCNN gives few false faces above this.
_LEAST_CONFIDENCE = 0.8
# Detection runs on pictures of at most this side, and at least that.
_MOST_SIDE, _LEAST_SIDE = 1024, 160


class NoFaceError(UserError):
    """A picture in which no face was found."""


def find_landmarks(picture):
    """Landmarks of every face, the largest face first.

    Args:
        picture: uint8 `[h, w, 3]`.

    Returns:
        A list of float `[5, 2]` arrays, pixels; empty when there is no face.
    """
    longest = max(picture.shape[:2])
    scale = min(_MOST_SIDE / longest, 1.0)
    scale *= max(_LEAST_SIDE / (min(picture.shape[:2]) * scale), 1.0)
    scale = min(scale, _MOST_SIDE / longest)
    faces = _detect(picture, scale, 0.0)
    # A face that fills the picture is found when it has room around it, a
    # dark one when its contrast is stretched.
    faces = faces or _detect(picture, scale, 0.25)
    if not faces:
        picture = np.asarray(
            ImageOps.autocontrast(Image.fromarray(picture), cutoff=1)
        )
        faces = _detect(picture, scale, 0.0) or _detect(
            picture, scale, 0.25, threshold_pnet=0.5, threshold_rnet=0.5,
            threshold_onet=0.5,
        )
    return faces


def _detect(picture, scale, border, **thresholds):
    height, width = (
        max(round(side * scale), 1) for side in picture.shape[:2]
    )
    resized = np.asarray(Image.fromarray(picture).resize(
        (width, height), Image.Resampling.BOX if scale < 1
        else Image.Resampling.BICUBIC,
    ))
    pad = round(border * max(height, width))
    padded = np.pad(resized, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    faces = []
    for face in _detector().detect_faces(padded, **thresholds):
        points = np.array([face["keypoints"][name] for name in LANDMARKS])
        if face["confidence"] >= _LEAST_CONFIDENCE and (
            np.linalg.norm(points[1] - points[0]) >= 1
        ):
            area = face["box"][2] * face["box"][3]
            # Positions are pixel centres; a resize scales pixel edges.
            factor = np.array([width, height]) / picture.shape[1::-1]
            faces.append((area, (points - pad + 0.5) / factor - 0.5))
    faces.sort(key=lambda face: -face[0])
    return [points for _, points in faces]


@functools.cache
def _detector():
    # MTCNN mixes Keras with TensorFlow.
    backend, place = chosen_backend()
    if backend != "tensorflow":
        raise UserError(
            f"finding faces needs the backend tensorflow, and {place} names "
            f"{backend}: set KERAS_BACKEND=tensorflow, or give faces that "
            "are cut out"
        )
    import_tensorflow()
    try:
        from mtcnn import MTCNN
    except ImportError as error:
        raise UserError(
            f"finding faces needs the package mtcnn ({error}): pip install "
            "mtcnn; exprgan doctor tells more"
        ) from None
    return MTCNN(device="CPU:0")
