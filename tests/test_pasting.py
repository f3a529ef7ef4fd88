"""An edited face back in its photograph."""

import numpy as np
import pytest
from commands import visible
from conftest import edits
from PIL import Image
from scipy import ndimage
from test_alignment import faces, on_canvas  # noqa: F401

from exprgan_tf import fitting
from exprgan_tf.editing import pasting
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.faces import alignment
from exprgan_tf.pictures.files import read_image


@pytest.fixture(scope="module")
def photograph(faces):  # noqa: F811
    return np.asarray(on_canvas(faces[0], 220, 12, (130, 60)))


@pytest.fixture(scope="module")
def cut(photograph):
    return alignment.align(photograph, 128)[0]


def decoded(image, blur=1.5):
    """A face as a decoder would show it: soft, in [-1, 1]."""
    soft = ndimage.gaussian_filter(image.astype(float), (blur, blur, 0))
    return (soft / 127.5 - 1.0).astype("float32")


def difference(one, other):
    return np.abs(one.astype(float) - other).max(axis=2)


def test_without_a_change_the_photograph_comes_back(photograph, cut):
    face = decoded(cut.image)

    result = pasting.paste(photograph, face, face, cut.transform)

    assert difference(result, photograph).max() <= 1


def test_the_decoders_softness_and_tint_stay_away(photograph, cut):
    before = decoded(cut.image, 4)
    after = before + np.array([0.15, 0.05, -0.1], "float32")

    result = pasting.paste(photograph, after, before, cut.transform)

    assert difference(result, photograph).mean() < 1


def test_nothing_changes_outside_the_face(photograph, cut):
    before = decoded(cut.image)
    after = np.random.default_rng(0).uniform(-1, 1, before.shape)

    result = pasting.paste(photograph, after, before, cut.transform)

    rows, columns = np.nonzero(difference(result, photograph))
    places = np.stack([columns, rows, np.ones(len(rows))], 1)
    inside = places @ cut.transform.T
    assert len(inside) > 5000
    assert inside.min() > 5
    assert inside.max() < 126
    # Softly: right inside the rim hardly anything does.
    rim = np.abs(inside / 128 - 0.5).max(axis=1) > 0.44
    assert difference(result, photograph)[rows[rim], columns[rim]].mean() < 8


def test_what_moves_keeps_its_sharpness(photograph, cut):
    """Brows are raised by 4 of 128 pixels; the decoder shows it softly."""
    rows, columns = np.indices((128, 128), dtype=float)
    brows = np.exp(-((rows - 38) / 12) ** 2 - ((columns - 64) / 30) ** 2)

    def raised(image):
        return np.stack([
            ndimage.map_coordinates(
                image[..., channel].astype(float), [rows + 4 * brows, columns],
                order=1, mode="nearest",
            )
            for channel in range(3)
        ], axis=-1)

    result = pasting.paste(
        photograph, decoded(raised(cut.image)), decoded(cut.image),
        cut.transform,
    )

    made = alignment.cut_out(result, 128, cut.transform).astype(float)
    near = brows > 0.4
    before = np.abs(cut.image - raised(cut.image))[near].mean()
    after = np.abs(made - raised(cut.image))[near].mean()
    assert after < 0.6 * before

    def sharpness(image):
        return np.abs(np.diff(image.astype(float), axis=0))[20:45, 30:98].mean()

    assert sharpness(made) > 0.8 * sharpness(cut.image)


def test_what_is_new_is_shown(photograph, cut):
    """An opened mouth: nothing of the photograph moves there."""
    after = cut.image.copy()
    after[82:98, 52:78] = (60, 10, 10)

    result = pasting.paste(
        photograph, decoded(after), decoded(cut.image), cut.transform
    )

    made = alignment.cut_out(result, 128, cut.transform).astype(float)
    middle = np.s_[86:94, 58:72]
    assert np.abs(made[middle] - after[middle]).mean() < 30
    assert np.abs(cut.image[middle].astype(float) - after[middle]).mean() > 80


def test_a_grey_photograph_stays_grey(photograph, cut):
    grey = np.repeat(photograph.mean(axis=2, keepdims=True), 3, axis=2)
    grey = grey.astype("uint8")
    after = cut.image.copy()
    after[82:98, 52:78] = (160, 10, 10)

    result = pasting.paste(
        grey, decoded(after), decoded(cut.image), cut.transform
    )

    assert difference(result, grey).max() > 30
    assert np.ptp(result.astype(int), axis=2).max() <= 1


def test_a_face_at_the_border_of_the_picture(faces):  # noqa: F811
    picture = np.asarray(on_canvas(faces[0], 200, 0, (-30, -20), (260, 220)))
    face, = alignment.align(picture, 64)
    before = decoded(face.image)

    result = pasting.paste(picture, -before, before, face.transform)

    assert result.shape == picture.shape
    assert np.any(result != picture)


def test_edit_pastes_back(model, faces, tmp_path):  # noqa: F811
    picture = on_canvas(faces[0], 220, 12, (130, 60))
    picture.save(tmp_path / "anna.png")

    failed = edit_photographs(model, [tmp_path / "anna.png"], edits(
        tmp_path / "out", "sad", paste_back=True, contact_sheet=True
    ))

    assert failed == 0
    result = read_image(tmp_path / "out" / "anna_sad_1.00_photo.png")
    original = np.asarray(picture)
    assert result.shape == original.shape
    assert np.array_equal(result[:40], original[:40])
    assert np.any(result[130:220, 200:280] != original[130:220, 200:280])
    assert read_image(tmp_path / "out" / "contact_sheet_1.png").shape[1] > 320


@pytest.fixture(scope="module")
def two_people(faces, tmp_path_factory):  # noqa: F811
    """The larger face on the right."""
    picture = on_canvas(faces[0], 120, 0, (20, 100), (600, 400))
    picture.paste(Image.fromarray(faces[1]).resize((220, 220)), (300, 60))
    path = tmp_path_factory.mktemp("group") / "group.png"
    picture.save(path)
    return path


def test_each_face_its_own_expression(model, two_people, tmp_path):
    original = read_image(two_people)
    left, right = np.s_[:, :200], np.s_[:, 280:]

    def edited(name, face_expressions):
        assert edit_photographs(model, [two_people], edits(
            tmp_path / name, refine="none", face_expressions=face_expressions
        )) == 0
        assert visible(tmp_path / name) == ["group_faces_1.00_photo.png"]
        return read_image(tmp_path / name / "group_faces_1.00_photo.png")

    second = edited("second", {2: "sad"})
    both = edited("both", {1: "happy", 2: "sad"})

    assert np.array_equal(second[left], original[left])
    assert np.any(second[right] != original[right])
    assert np.any(both[left] != original[left])
    assert np.array_equal(both[right], second[right])


def test_a_face_that_is_not_there(model, two_people, tmp_path, capsys):
    failed = edit_photographs(model, [two_people], edits(
        tmp_path, refine="none", face_expressions={1: "sad", 3: "happy"}
    ))
    assert failed == 1
    assert "names face 3, but 2 found" in capsys.readouterr().err


def test_all_faces(model, two_people, tmp_path):
    failed = edit_photographs(model, [two_people], edits(
        tmp_path, "sad", refine="none", faces="all", paste_back=True
    ))
    assert failed == 0
    assert visible(tmp_path) == [
        "group_face1_grid.png", "group_face1_sad_1.00.png",
        "group_face2_grid.png", "group_face2_sad_1.00.png",
        "group_sad_1.00_photo.png",
    ]
    result = read_image(tmp_path / "group_sad_1.00_photo.png")
    changed = np.any(result != read_image(two_people), axis=2)
    assert changed[:, :200].any()
    assert changed[:, 280:].any()


def test_neutral_unless_another_code_is_clearly_better(model):
    identities = np.random.default_rng(0).uniform(-1, 1, (3, 8))
    identities[:] = identities[:1]
    neutral, sad, _ = codes = np.stack([
        model.edit_codes(name, 1.0, 1)[0]
        for name in ("neutral", "sad", "neutral")
    ])
    images = model.decode(identities, codes)
    # A little closer to a half sad face than to the neutral one.
    half = model.decode(identities[:1], model.edit_codes("sad", 0.5, 1))[0]
    images[2] = 0.49 * images[0] + 0.51 * half

    found = fitting.Fitted(model, identities, images=images).input_codes

    np.testing.assert_array_equal(found, [neutral, sad, neutral])
