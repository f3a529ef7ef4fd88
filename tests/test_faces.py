"""Photographs as arrays and bytes, and the faces in them."""

import io

import numpy as np
import pytest
from animation_photographs import rendered
from conftest import tiny_config
from PIL import Image
from test_alignment import faces, on_canvas  # noqa: F401

from exprgan_tf.errors import UserError
from exprgan_tf.faces import detector
from exprgan_tf.faces.detector import NoFaceError
from exprgan_tf.faces.photographs import find_faces, read_face
from exprgan_tf.pictures.files import decode_picture, read_image


def encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode, form, fill", [
    ("RGB", "PNG", (90, 90, 90)), ("RGBA", "PNG", (90, 90, 90, 255)),
    ("RGBA", "WEBP", (90, 90, 90, 255)), ("LA", "PNG", (90, 255)),
    ("L", "JPEG", 90), ("I;16", "PNG", 90 * 257),
    ("CMYK", "JPEG", (0, 0, 0, 165)),
])
def test_bytes_of_every_mode_become_rgb(mode, form, fill):
    data = encoded(Image.new(mode, (20, 10), fill), form)

    picture = decode_picture(data)

    assert picture.shape == (10, 20, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_allclose(picture, 90, atol=1)


def test_bytes_and_file_give_the_same_upright_picture(tmp_path):
    image = Image.new("RGB", (20, 10))
    image.putpixel((3, 2), (255, 0, 0))
    exif = image.getexif()
    exif[0x0112] = 6
    data = encoded(image, "PNG", exif=exif)
    (tmp_path / "turned.png").write_bytes(data)

    picture = decode_picture(data)

    assert picture.shape == (20, 10, 3)
    assert tuple(picture[3, 7]) == (255, 0, 0)
    np.testing.assert_array_equal(picture, read_image(tmp_path / "turned.png"))


NOISE = np.random.default_rng(0).integers(0, 255, (60, 80, 3), "uint8")


@pytest.mark.parametrize("data, limit, part", [
    (b"", 10**6, "not an image"),
    (b"<html>no picture</html>", 10**6, "not an image"),
    (encoded(Image.fromarray(NOISE), "JPEG")[:700], 10**6, "not an image"),
    (encoded(Image.fromarray(NOISE), "PNG")[:-40], 10**6, "not an image"),
    (encoded(Image.fromarray(NOISE), "PNG"), 4000, "80 x 60 pixels"),
])
def test_bytes_that_are_no_picture_are_refused_in_a_line(data, limit, part):
    with pytest.raises(UserError, match=part) as caught:
        decode_picture(data, "upload", limit)
    assert str(caught.value).startswith("upload")
    assert "\n" not in str(caught.value)
    assert "object at" not in str(caught.value)


def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch):
    data = encoded(Image.fromarray(NOISE), "PNG")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("read"))
    with pytest.raises(UserError, match="too many"):
        decode_picture(data, max_pixels=4799)


@pytest.fixture(scope="module")
def two_people(faces):  # noqa: F811
    picture = on_canvas(faces[0], 120, 0, (20, 100), (600, 400))
    picture.paste(Image.fromarray(faces[1]).resize((220, 220)), (300, 60))
    return np.asarray(picture)


def test_all_faces_are_found_the_largest_first(two_people):
    found = find_faces(two_people, tiny_config())

    assert len(found) == 2
    assert found[0].landmarks[0, 0] > 300 > found[1].landmarks[0, 0]
    for face in found:
        assert face.image.shape == (32, 32, 3)
        assert np.abs(face.image).max() <= 1
        assert face.picture is two_people
        eye = face.transform @ [*face.landmarks[0], 1]
        np.testing.assert_allclose(eye, [0.36 * 32, 0.368 * 32], atol=1.5)


def test_a_face_in_place_is_taken_whole(faces):  # noqa: F811
    face, = find_faces(faces[0], tiny_config(image_size=64))
    np.testing.assert_allclose(face.transform, [[0.5, 0, -0.25],
                                                [0, 0.5, -0.25]])
    anew, = find_faces(faces[0], tiny_config(image_size=64), "always")
    assert not np.allclose(anew.transform, face.transform, atol=1e-3)


def test_a_picture_without_a_face(tmp_path):
    picture = np.full((200, 300, 3), 128, "uint8")
    with pytest.raises(NoFaceError, match=r"upload: no face found$"):
        find_faces(picture, tiny_config(), name="upload")
    face, = find_faces(picture, tiny_config(), "never")
    assert face.landmarks is None
    Image.fromarray(picture).save(tmp_path / "wall.png")
    with pytest.raises(UserError, match=r"wall\.png: no face .*--align=never"):
        read_face(tmp_path / "wall.png", tiny_config())


def test_many_pictures_are_looked_at_as_one_is():
    face = rendered()
    pictures = [
        on_canvas(face, 200, 0, (280, 90), (640, 400)),
        # Another size; on its side, which the first look does not find; none.
        on_canvas(face, 160, 0, (40, 30), (320, 240)),
        on_canvas(face, 200, 90, (280, 90), (640, 400)),
        np.full((400, 640, 3), 128, "uint8"),
        on_canvas(face, 150, 10, (80, 120), (640, 400)),
    ]
    pictures = [np.asarray(picture) for picture in pictures]
    together = detector.find_in_all(pictures)
    assert [len(found) for found in together] == [1, 1, 1, 0, 1]
    for picture, found in zip(pictures, together, strict=True):
        np.testing.assert_allclose(
            found, detector.find_landmarks(picture), atol=1e-3
        )
    assert detector.find_in_all([]) == []


def test_a_face_is_found_again_where_it_was():
    """In films; without a look at the whole frame."""
    picture = np.asarray(on_canvas(rendered(), 200, 0, (280, 90), (640, 400)))
    whole, = detector.find_landmarks(picture)
    for shift in ((0, 0), (12, -8)):
        near = detector.find_near(picture, np.add(whole, shift))
        assert np.abs(near - whole).max() < 0.06 * (whole[1, 0] - whole[0, 0])
    assert detector.find_near(picture, np.add(whole, (-160, 0))) is None
    assert detector.find_near(picture, np.add(whole, (2000, 0))) is None
