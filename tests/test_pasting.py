"""An edited face back in its photograph."""

import numpy as np
import pytest
from test_alignment import faces, on_canvas  # noqa: F401

from exprgan_tf import alignment, pasting
from exprgan_tf.editing import edit_files
from exprgan_tf.images import read_image


@pytest.fixture
def photograph(faces):  # noqa: F811
    return np.asarray(on_canvas(faces[0], 220, 12, (130, 60)))


def test_an_unedited_face_changes_next_to_nothing(photograph):
    face, = alignment.align(photograph, 128)

    result = pasting.paste(photograph, face.image, face.image, face.transform)

    difference = np.abs(result.astype(float) - photograph)
    assert difference.mean() < 1.0
    assert difference.max() < 60
    assert np.array_equal(result[:40], photograph[:40])


def test_the_edit_arrives_without_a_seam(photograph):
    face, = alignment.align(photograph, 128)
    edited = face.image.copy()
    edited[80:100, 50:80] = (250, 20, 20)

    result = pasting.paste(photograph, edited, face.image, face.transform)

    changed = np.abs(result.astype(float) - photograph).max(axis=2) > 80
    rows, columns = np.nonzero(changed)
    place = np.array([[65.0, 90.0, 1.0]]) @ np.linalg.inv(
        np.vstack([face.transform, [0, 0, 1]])
    )[:2].T
    assert abs(columns.mean() - place[0, 0]) < 8
    assert abs(rows.mean() - place[0, 1]) < 8
    # At the border of the face's square nothing has moved.
    mask = pasting.soft_mask(128)
    assert max(mask[0].max(), mask[-1].max(), mask[:, 0].max()) < 0.02


def test_a_tint_of_the_whole_face_is_taken_back(photograph):
    face, = alignment.align(photograph, 128)
    tint = np.array([25, 10, -15])
    tinted = np.clip(face.image.astype(int) + tint, 0, 255)

    result = pasting.paste(
        photograph, tinted.astype("uint8"), face.image, face.transform
    )

    assert np.abs(result.astype(float) - photograph).mean() < 1.5


def test_a_face_at_the_border_of_the_picture(faces):  # noqa: F811
    picture = np.asarray(on_canvas(faces[0], 200, 0, (-30, -20), (260, 220)))
    face, = alignment.align(picture, 64)

    result = pasting.paste(picture, face.image, face.image, face.transform)

    assert result.shape == picture.shape
    assert np.abs(result.astype(float) - picture).mean() < 3


def test_edit_pastes_back(model, faces, tmp_path):  # noqa: F811
    picture = on_canvas(faces[0], 220, 12, (130, 60))
    picture.save(tmp_path / "anna.png")

    failed = edit_files(
        model, [tmp_path / "anna.png"], tmp_path / "out", ["sad"], [1.0],
        "none", paste_back=True,
    )

    assert failed == 0
    result = read_image(tmp_path / "out" / "anna_sad_1.00_photo.png")
    original = np.asarray(picture)
    assert result.shape == original.shape
    assert np.array_equal(result[:40], original[:40])
    assert np.any(result[130:220, 200:280] != original[130:220, 200:280])
