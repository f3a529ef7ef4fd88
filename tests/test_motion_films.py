"""Films that a motion network edits frame by frame: nothing flickers."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from conftest import tiny_config
from motion_data import tiny_motion
from PIL import Image

from exprgan_tf.editing.following import smooth_landmarks
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.faces.detector import find_landmarks
from exprgan_tf.faces.photographs import face_at
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image

FPS, FRAMES, SIDE = 12.5, 9, 320
HAPPY = [[("happy", 1.0)]]


@pytest.fixture(scope="module")
def model():
    """Random weights, whose answers depend on all that they see."""
    tf.keras.utils.set_random_seed(2)
    made = MotionModel(tiny_config(), tiny_motion())
    for name in ("moved", "fine"):
        layer = made.network.get_layer(name)
        layer.set_weights([30 * value for value in layer.get_weights()])
    return made


@pytest.fixture(scope="module")
def film():
    """The face wanders, comes nearer, and the light rises."""
    photograph = Image.fromarray(read_image(example_photograph()))
    frames = []
    for number in range(FRAMES):
        scale = 0.9 + 0.01 * number
        left, top = 70 + 1.7 * number, 5 + 0.9 * number
        frame = np.asarray(photograph.transform(
            (SIDE, SIDE), Image.Transform.AFFINE,
            (1 / scale, 0, left, 0, 1 / scale, top),
            Image.Resampling.BICUBIC,
        ), "float32") * (0.85 + 0.02 * number)
        frames.append(np.clip(np.rint(frame), 0, 255).astype("uint8"))
    return frames


def flicker(model, frames, landmarks):
    """How far apart the motions of neighbouring frames are, as a share of
    what moves; both are told in the frame of the face, which lies still."""
    motions = []
    for frame, points in zip(frames, landmarks, strict=True):
        face = face_at(frame, points, model.config)
        made, = NetworkFace(model, face).changes(HAPPY)
        motions.append(made.motion.displacement)
    apart = np.mean([
        np.abs(then - first) for first, then in itertools.pairwise(motions)
    ])
    return apart / np.mean(np.abs(motions))


def test_the_same_face_is_moved_alike_from_frame_to_frame(model, film):
    found = [find_landmarks(frame)[0] for frame in film]
    steady = flicker(model, film, smooth_landmarks(found, FPS))
    trembling = flicker(model, film, [
        points + 2.0 * (-1) ** number for number, points in enumerate(found)
    ])
    assert steady < 0.2
    # What the landmarks of two frames may be apart would be seen.
    assert trembling > 2 * steady
