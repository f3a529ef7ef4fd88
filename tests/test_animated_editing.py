"""Edits that move a photograph's own pixels: commands, films and the page."""

import functools
import io

import numpy as np
import pytest
from commands import visible
from conftest import draw_face, edits, tiny_config
from motion_data import shifting
from PIL import Image
from starlette.testclient import TestClient

from exprgan_tf import ExprGAN
from exprgan_tf.animation.motion import Motion, between
from exprgan_tf.editing.animated import AnimatedFace, CannotMove
from exprgan_tf.editing.decoded import DecodedFace
from exprgan_tf.editing.editors import moving_editors
from exprgan_tf.editing.films import edit_film
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.editing.request import EditRequest, parse_shapes
from exprgan_tf.editing.transferring import guess_labels
from exprgan_tf.errors import UserError
from exprgan_tf.faces.photographs import face_at, find_faces, read_face
from exprgan_tf.model_files import heads
from exprgan_tf.page.routes import make_app
from exprgan_tf.page.studio import Studio
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image
from exprgan_tf.pictures.levels import to_uint8
from exprgan_tf.pictures.movie_files import write_movie
from exprgan_tf.pictures.movies import Movie

CLASSES = ("happy", "sad", "surprise")
# Of the aligned face in the example, pixels.
SIDE = 140


@pytest.fixture(scope="module")
def face():
    return read_face(example_photograph(), tiny_config())


@pytest.fixture(scope="module")
def animated(face):
    return AnimatedFace.of(face, CLASSES)


def changed_places(picture, face, mixes, animated):
    change, = animated.changes(mixes)
    moved = change.apply(face.picture, face.transform)
    return np.abs(moved.astype(int) - picture).max(axis=2)


def test_nothing_asked_changes_nothing(face, animated):
    for mix in ([], [("happy", 0.0)], [({"jawOpen": 0.0}, 1.0)]):
        change, = animated.changes([mix])
        np.testing.assert_array_equal(
            change.apply(face.picture, face.transform), face.picture
        )


def test_the_picture_of_the_face_is_as_large_as_the_face(face, animated):
    assert animated.before.shape == (SIDE, SIDE, 3)
    made = animated.pictures([[("sad", 1.0)], [("surprise", 1.0)]])
    assert made.shape == (2, SIDE, SIDE, 3)
    assert np.abs(made).max() <= 1.0
    for picture in made:
        assert 0.01 < np.abs(picture - animated.before).mean() < 0.2


def test_only_the_face_changes(face, animated):
    changed = changed_places(
        face.picture, face, [[("surprise", 1.0)]], animated
    )
    rows, columns = np.nonzero(changed)
    (left, _), (right, bottom) = (
        face.landmarks.min(axis=0), face.landmarks.max(axis=0)
    )
    eyes = right - left
    assert columns.min() > left - 3 * eyes
    assert columns.max() < right + 3 * eyes
    assert rows.max() < bottom + 3 * eyes


def test_an_intensity_is_a_share_of_the_way(face, animated):
    amounts = [
        changed_places(
            face.picture, face, [[("sad", share)]], animated
        ).mean() for share in (0.25, 0.5, 1.0)
    ]
    assert amounts[0] < amounts[1] < amounts[2]


def test_an_expression_takes_the_place_of_the_smile(face, animated):
    """The photograph smiles: neutral changes it, shapes come on top."""
    neutral = changed_places(face.picture, face, [[("neutral", 1.0)]],
                             animated)
    eyes, mouth = face.landmarks[0], face.landmarks[3:].mean(axis=0)

    def near(place):
        x, y = np.rint(place).astype(int)
        return neutral[y - 6 : y + 7, x - 6 : x + 7].mean()

    assert near(mouth) > 10
    assert near(eyes) < near(mouth) / 3


def test_one_sided_shapes_move_one_side(face, animated):
    changed = changed_places(
        face.picture, face, [[({"mouthSmileLeft": 1.0}, 1.0)]], animated
    )
    left, right = face.landmarks[3], face.landmarks[4]

    def near(place):
        x, y = np.rint(place).astype(int)
        return changed[y - 6 : y + 7, x - 6 : x + 7].mean()

    # The person's left is the picture's right.
    assert near(right) > 5 * (near(left) + 0.1)


def test_between_two_steps_a_fitted_face_is_nearly_what_it_is(animated):
    before = to_uint8(animated.before).astype(int)
    for mix in (
        [("happy", 0.55)], [("happy", 0.55), ("sad", 0.3)], [],
        [({"jawOpen": 1.0}, 0.43)],
    ):
        exact = to_uint8(animated.pictures([mix])[0]).astype(int)
        shown = animated.on_screen(mix).astype(int)
        change = np.abs(exact - before).mean()
        assert np.abs(shown - exact).mean() <= 0.35 * change
    # A step is moved for once.
    asked = animated._kept.cache_info().misses
    for share in np.linspace(0.51, 0.61, 11):
        animated.on_screen([("happy", share)])
    assert animated._kept.cache_info().misses <= asked + 2


def test_a_motion_between_others_paints_what_they_paint():
    def motion(value, mask, colour):
        return Motion(
            np.eye(3)[:2], np.full((2, 2, 2), value), np.full((2, 2), value),
            np.full((2, 2), mask), np.full((2, 2, 3), colour),
        )

    first, second = motion(1.0, 0.0, 77.0), motion(3.0, 0.8, 200.0)
    assert between([(first, 1.0)]) is first
    made = between([(first, 0.25), (second, 0.75)])
    assert (made.displacement == 2.5).all() and (made.ratio == 2.5).all()
    np.testing.assert_allclose(made.mask, 0.6)
    # What the first does not show is not mixed in.
    np.testing.assert_allclose(made.colours, 200.0)


def test_a_code_counts_as_its_strongest_expression(face, animated):
    code = np.full(6, -1.0)
    code[2:4] = 0.5
    by_code, = animated.pictures([[(code, 1.0)]])
    by_name, = animated.pictures([[("sad", 0.75)]])
    # What the photograph showed is taken back by the share of the code.
    assert np.abs(by_code - by_name).mean() < 0.02


def test_a_change_fits_the_photograph_in_another_size(face, animated):
    change, = animated.changes([[("surprise", 1.0)]])
    half = np.asarray(Image.fromarray(face.picture).resize(
        (256, 256), Image.Resampling.BOX
    ))
    # Positions are pixel centres; a resize scales pixel edges.
    back = np.array([[2.0, 0.0, 0.5], [0.0, 2.0, 0.5], [0.0, 0.0, 1.0]])
    small = change.apply(half, face.transform @ back).astype(float)
    whole = change.apply(face.picture, face.transform)
    expected = np.asarray(Image.fromarray(whole).resize(
        (256, 256), Image.Resampling.BOX
    ), float)
    assert np.abs(half - expected).mean() > 0.5
    assert np.abs(small - expected).mean() < 0.2


def test_a_drawn_face_is_refused_and_decoded(model, capsys):
    picture = np.repeat(np.repeat(draw_face(1, "happy", 0.8), 4, 0), 4, 1)
    faces = find_faces(picture, model.config, "never")
    request = EditRequest(method="animate")
    assert moving_editors("drawn.png", faces, model, request) == [None]
    assert "drawn.png: " in capsys.readouterr().err
    with pytest.raises(UserError, match=r"drawn\.png: --shapes: "):
        moving_editors("drawn.png", faces, model, EditRequest(
            method="animate", shapes={"jawOpen": 0.5}
        ))


def test_what_cannot_be_animated_moves_as_the_network_says(
    face, tmp_path, monkeypatch, capsys
):
    small = shifting()
    monkeypatch.setattr(
        heads, "CARRIED_MOTION", tmp_path / "motion.keras"
    )
    small.save(tmp_path / "motion.keras")
    picture = read_image(example_photograph())
    # No chin is in the picture.
    middle = int(face.landmarks[3:, 1].mean())
    cut = picture[:middle + 2].copy()
    cut_face = face_at(cut, face.landmarks, small.config)
    for model_path, kind in ((None, NetworkFace), ("mine.keras", type(None))):
        editor, = moving_editors("cut.png", [cut_face], small, EditRequest(
            model=model_path, method="animate"
        ))
        assert type(editor) is kind
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("cut.png: the face is cut off")
    assert said[0].endswith("; the motion network moves it")
    assert said[1].endswith("; the decoder edits it")


def test_edit_writes_moved_photographs(model, tmp_path):
    failed = edit_photographs(model, [example_photograph()], edits(
        tmp_path, "neutral", "sad", paste_back=True, method="animate",
    ))
    assert failed == 0
    assert visible(tmp_path) == [
        "astronaut_grid.png", "astronaut_neutral_0.00.png",
        "astronaut_neutral_0.00_photo.png", "astronaut_sad_1.00.png",
        "astronaut_sad_1.00_photo.png",
    ]
    whole = read_image(tmp_path / "astronaut_sad_1.00_photo.png")
    original = read_image(example_photograph())
    assert np.array_equal(whole[300:], original[300:])
    assert np.any(whole[:300] != original[:300])
    assert read_image(tmp_path / "astronaut_sad_1.00.png").shape[0] == SIDE


def test_shapes_are_pictures_of_their_own(model, tmp_path):
    request = EditRequest(
        output=str(tmp_path), shapes={"browInnerUp": 0.6, "jawOpen": 0.4},
        intensities=(0.5, 1.0), method="animate",
    ).for_model(model)
    assert edit_photographs(model, [example_photograph()], request) == 0
    assert visible(tmp_path) == [
        "astronaut_grid.png", "astronaut_shapes_0.50.png",
        "astronaut_shapes_1.00.png",
    ]


def test_a_film_is_moved_frame_by_frame(model, tmp_path, capsys):
    photograph = Image.fromarray(read_image(example_photograph()))
    write_movie(tmp_path / "clip.mp4", [
        np.asarray(photograph.crop((90 + 2 * n, n, 346 + 2 * n, 256 + n)))
        for n in range(4)
    ], 12.5)

    edit_film(model, tmp_path / "clip.mp4", edits(
        tmp_path / "out", "sad", method="animate"
    ))

    before, after = (
        [frame.astype(int) for frame in Movie(path)] for path in (
            tmp_path / "clip.mp4", tmp_path / "out" / "clip_sad_1.00.mp4"
        )
    )
    assert len(after) == 4
    for first, then in zip(before, after, strict=True):
        changed = np.abs(then - first).mean(axis=2)
        assert changed[80:180, 90:180].mean() > 3
        assert changed[210:].mean() < 2
    assert "decoder" not in capsys.readouterr().err


@pytest.mark.parametrize("items", [
    ["jawOpen"], ["jawOpen:wide"], ["jawOpen:2"], ["jawOpen:nan"], [":0.1"],
    ["jawOpen:0.1", "jawOpen:0.2"],
])
def test_wrong_shapes(items):
    with pytest.raises(UserError, match="--shapes="):
        parse_shapes(items)


@pytest.mark.parametrize("asked, painting, moving", [
    ({}, "animate", "animate"),
    ({"model": "mine"}, "decoder", "motion"),
    ({"model": "mine", "method": "animate"}, "animate", "animate"),
    ({"shapes": {"jawOpen": 1.0}}, "animate", "animate"),
    ({"model": "mine", "shapes": {"jawOpen": 1.0}}, "animate", "animate"),
    ({"method": "decoder"}, "decoder", "decoder"),
    ({"levels": True}, "decoder", "decoder"),
])
def test_which_method_edits(asked, painting, moving):
    request = EditRequest(**asked)
    assert request.with_method(False).method == painting
    assert request.with_method(True).method == moving


def test_methods_that_cannot_be():
    for wrong in ({"levels": True, "method": "animate"},
                  {"shapes": {"jawOpen": 1.0}, "method": "decoder"}):
        with pytest.raises(UserError, match="--method"):
            EditRequest(**wrong)


def test_an_expression_without_shapes_is_named():
    model = ExprGAN(tiny_config(classes=("happy", "wink", "sad")))
    with pytest.raises(UserError, match="no shapes for wink"):
        EditRequest(method="animate").for_model(model)
    assert EditRequest(method="decoder").for_model(model).expressions == (
        "neutral", "happy", "wink", "sad"
    )


def test_shapes_of_a_decoded_face_are_refused(model):
    with pytest.raises(UserError, match="cannot be moved"):
        DecodedFace(model, None, 0, np.zeros((32, 32, 3))).pictures(
            [[({"jawOpen": 1.0}, 1.0)]]
        )


@pytest.fixture(scope="module")
def client():
    model = ExprGAN(tiny_config())
    return TestClient(make_app(Studio(
        model, functools.partial(guess_labels, model), refine="none",
        method="animate",
    )), base_url="http://127.0.0.1:7860")


def test_the_page_moves_a_photograph(client):
    picture = client.post(
        "/api/pictures", content=example_photograph().read_bytes()
    ).json()["picture"]
    opened = client.post("/api/faces", json={"picture": picture}).json()
    assert opened["moves"] and opened["note"] is None
    # She smiles: the tile that is picked first would change nothing.
    assert opened["shows"] == "happy"
    address = f"/api/faces/{opened['face']}/edit"

    def pixels(**wish):
        answer = client.post(address, json=wish)
        assert answer.status_code == 200, answer.text
        return np.asarray(Image.open(io.BytesIO(answer.content))).astype(int)

    still = pixels(mix=[])
    smile = pixels(mix=[{"what": {"mouthSmile": 0.8}, "intensity": 1.0}])
    assert still.shape == smile.shape == (SIDE, SIDE, 3)
    assert np.abs(smile - still).mean() > 0.5
    whole = pixels(
        mix=[{"what": "sad", "intensity": 1.0}], view="photograph", full=True
    )
    assert whole.shape == (512, 512, 3)
    for unknown in (
        {"jawOpen": 3.0}, {"jawOpened": 0.5}, "none", [], [0.5] * 7,
    ):
        for full in (False, True):
            answer = client.post(address, json={
                "mix": [{"what": unknown, "intensity": 1.0}], "full": full,
            })
            assert answer.status_code == 422, unknown
    # Its sums overflow; each number is one of a code all the same.
    pixels(mix=[{"what": [1e308, -1e308] * 6, "intensity": 1.0}])


def test_the_page_says_why_a_face_is_painted(client):
    opened = client.post("/api/faces", json={"kind": "example"}).json()
    assert not opened["moves"] and opened["shows"] is None
    answer = client.post(f"/api/faces/{opened['face']}/edit", json={
        "mix": [{"what": {"jawOpen": 0.5}, "intensity": 1.0}]
    })
    assert answer.status_code == 422
    assert "cannot be moved" in answer.json()["message"]
    shapes = client.get("/api/model").json()["shapes"]
    assert "jawOpen" in shapes["Mouth"]


def test_a_covered_mouth_is_not_moved(face):
    picture = face.picture.copy()
    x, y = np.rint(face.landmarks[3:].mean(axis=0)).astype(int)
    picture[y - 18 : y + 30, x - 40 : x + 40] = (
        np.indices((48, 80)).sum(axis=0)[..., None] // 6 % 2 * 200
    )
    with pytest.raises(CannotMove):
        AnimatedFace.of(
            face_at(picture, face.landmarks, tiny_config()), CLASSES
        )
