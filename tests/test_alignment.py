"""Finding faces and cutting them out, on rendered faces."""

import math

import numpy as np
import pytest
from animation_photographs import landmarks
from PIL import Image
from test_data import CARRIED

from exprgan_tf.data.image_files import export_images
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment, detector
from exprgan_tf.pictures.files import read_image


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Two people's neutral faces, 128 x 128, eyes at (46, 47), (82, 47)."""
    folder = tmp_path_factory.mktemp("faces")
    export_images(Dataset.open(CARRIED), "neutral", folder, ["s001", "s005"])
    return [read_image(path) for path in sorted(folder.glob("*.jpg"))]


def on_canvas(face, side, angle, place, size=(500, 400)):
    """A picture with the face turned by an angle (degrees) at a place."""
    canvas = Image.new("RGB", size, (90, 110, 100))
    turned = Image.fromarray(face).resize((side, side)).rotate(
        angle, Image.Resampling.BICUBIC, fillcolor=(90, 110, 100)
    )
    canvas.paste(turned, place)
    return canvas


def placed(face):
    """Landmarks of a cut-out face in its own pixels."""
    ones = np.ones((5, 1))
    return np.hstack([face.landmarks, ones]) @ face.transform.T


@pytest.mark.parametrize("angle", [-25, 0, 20])
def test_a_turned_face_comes_out_level_and_in_place(faces, angle):
    picture = np.asarray(on_canvas(faces[0], 200, angle, (130, 80)))

    face, = alignment.align(picture, 64)

    assert face.image.shape == (64, 64, 3)
    points = placed(face)
    assert points[0, 1] == pytest.approx(points[1, 1], abs=1e-6)
    expected = alignment.TEMPLATE * 64 - 0.5
    assert np.abs(points - expected).max() < 4
    small = np.asarray(Image.fromarray(faces[0]).resize((64, 64)))
    middle = np.s_[16:52, 12:52]
    error = np.abs(face.image[middle].astype(float) - small[middle]).mean()
    assert error < 14


def test_resolution_does_not_move_the_face(faces):
    landmarks, = detector.find_landmarks(faces[0])
    whole, = alignment.align(faces[0], 48, landmarks)
    large = np.asarray(Image.fromarray(faces[0]).resize((896, 896)))

    shrunk, = alignment.align(large, 48, (landmarks + 0.5) * 7 - 0.5)

    difference = np.abs(whole.image.astype(float) - shrunk.image)
    assert difference.mean() < 2


def test_the_largest_face_comes_first(faces):
    picture = on_canvas(faces[0], 120, 0, (20, 100), (600, 400))
    picture.paste(Image.fromarray(faces[1]).resize((220, 220)), (300, 60))
    picture = np.asarray(picture)

    found = alignment.align(picture, 64, all_faces=True)

    assert len(found) == 2
    assert found[0].landmarks[0, 0] > 300 > found[1].landmarks[0, 0]
    assert len(alignment.align(picture, 64)) == 1


def test_no_face_is_said():
    with pytest.raises(detector.NoFaceError, match="no face found"):
        alignment.align(np.full((200, 300, 3), 128, "uint8"), 64)


def test_transform_takes_given_landmarks_to_the_template():
    size, angle, scale = 100, 0.3, 2.5
    turn = np.array([[math.cos(angle), -math.sin(angle)],
                     [math.sin(angle), math.cos(angle)]])
    landmarks = (alignment.TEMPLATE * size - 0.5) @ turn.T * scale + [40, -7]

    transform = alignment.similarity(landmarks, size)

    found = np.hstack([landmarks, np.ones((5, 1))]) @ transform.T
    np.testing.assert_allclose(found, alignment.TEMPLATE * size - 0.5,
                               atol=1e-9)


def test_margin_shows_more():
    landmarks = alignment.TEMPLATE * 100
    narrow = alignment.similarity(landmarks, 100)
    wide = alignment.similarity(landmarks, 100, margin=0.5)

    assert wide[0, 0] == pytest.approx(narrow[0, 0] / 2)


def test_aligned_faces_are_known(faces):
    landmarks, = detector.find_landmarks(faces[0])

    assert alignment.is_aligned(faces[0], landmarks)
    assert not alignment.is_aligned(faces[0], landmarks + 12)
    assert not alignment.is_aligned(faces[0][:100], landmarks)


@pytest.mark.parametrize("landmarks", [
    np.zeros((5, 2)), np.full((5, 2), np.nan), np.zeros((4, 2)),
    alignment.TEMPLATE * [100, -100],
])
def test_landmarks_of_no_face_are_refused(landmarks):
    with pytest.raises(UserError, match="landmarks"):
        alignment.similarity(landmarks, 64)


def test_a_gray_picture_is_cut_out_like_each_of_its_channels():
    gray = np.random.default_rng(3).integers(0, 256, (90, 80, 1), "uint8")
    picture = np.repeat(gray, 3, axis=-1)
    coloured = picture.copy()
    coloured[..., 1:] //= 2
    transform = np.array([[0.9, 0.1, 2.0], [-0.1, 0.9, 9.0]])
    assert alignment.different_channels(picture) == 1
    assert alignment.different_channels(coloured) == 3
    one, other = (
        alignment.cut_out(image, 64, transform) for image in (picture, coloured)
    )
    assert one.shape == (64, 64, 3) and np.ptp(one, axis=-1).max() == 0
    assert np.array_equal(one[..., 0], other[..., 0])


def test_a_face_of_thousands_of_pixels_is_a_face():
    """From 1,000 pixels on it was "no upright face"."""
    for enlarged in (1, 30, 300):
        transform = alignment.similarity(enlarged * landmarks(), 1)
        side = 1 / np.hypot(*transform[:, 0])
        assert side == pytest.approx(
            enlarged / np.hypot(*alignment.similarity(landmarks(), 1)[:, 0])
        )
    assert side > 30_000
    for size in (1, 128):
        with pytest.raises(UserError, match="upright"):
            alignment.similarity(landmarks() * [1, -1], size)
