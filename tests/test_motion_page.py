"""The page with a motion network: what moves a photograph under a slider."""

import functools
import io

import numpy as np
import pytest
from conftest import tiny_config
from motion_data import SIDE, shifting, tiny_motion
from PIL import ExifTags, Image
from starlette.testclient import TestClient
from test_photographs import EXCHANGED

from exprgan_tf import ExprGAN
from exprgan_tf.editing.late import method_and_network
from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.editing.transferring import guess_labels
from exprgan_tf.errors import UserError
from exprgan_tf.faces.photographs import find_faces
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.page.routes import make_app
from exprgan_tf.page.settings import PageRequest
from exprgan_tf.page.studio import Studio
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image
from exprgan_tf.pictures.levels import to_uint8


@pytest.fixture(scope="module")
def studio():
    model = ExprGAN(tiny_config())
    return Studio(
        model, functools.partial(guess_labels, model), refine="none",
        method="motion", motion=shifting(),
    )


@pytest.fixture(scope="module")
def client(studio):
    return TestClient(make_app(studio), base_url="http://127.0.0.1:7860")


def opened(client, data):
    picture = client.post("/api/pictures", content=data).json()["picture"]
    return client.post("/api/faces", json={"picture": picture}).json()


@pytest.fixture(scope="module")
def face(client):
    return opened(client, example_photograph().read_bytes())


def file_of(client, face, *mix, **wish):
    answer = client.post(f"/api/faces/{face['face']}/edit", json={
        "mix": [{"what": what, "intensity": share} for what, share in mix],
        **wish,
    })
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def pixels(*asked, **wish):
    return np.asarray(file_of(*asked, **wish)).astype(int)


def test_a_slider_moves_the_photograph(client, face):
    assert face["moves"] and face["note"] is None
    still = pixels(client, face, ("happy", 0.0))
    moved = [pixels(client, face, ("happy", share)) for share in (0.5, 1.0)]
    amounts = [np.abs(each - still).mean() for each in moved]
    assert 1 < amounts[0] < amounts[1]
    whole = pixels(client, face, ("happy", 1.0), view="photograph")
    untouched = pixels(client, face, ("happy", 0.0), view="photograph")
    original = client.get(f"/api/faces/{face['face']}/photograph").content
    np.testing.assert_array_equal(
        untouched, np.asarray(Image.open(io.BytesIO(original)))
    )
    assert whole.shape == untouched.shape and np.any(whole != untouched)


def test_shapes_are_moved_by_the_face_model(client, face):
    still = pixels(client, face)
    opens = pixels(client, face, ({"jawOpen": 0.8}, 1.0))
    assert opens.shape == still.shape
    assert np.abs(opens - still).mean() > 0.5


def test_what_the_network_does_not_know_is_told(client, face):
    for unknown in ("none", [], [0.5] * 7, {"jawOpened": 0.5}):
        for full in (False, True):
            answer = client.post(f"/api/faces/{face['face']}/edit", json={
                "mix": [{"what": unknown, "intensity": 1.0}], "full": full,
            })
            assert answer.status_code == 422, unknown


def test_who_has_no_photograph_is_painted(client):
    person = client.post(
        "/api/faces", json={"kind": "person", "number": 3}
    ).json()
    assert not person["moves"] and person["center"] is None
    assert pixels(client, person, ("sad", 1.0)).shape == (SIDE, SIDE, 3)


def test_the_screen_shows_what_a_download_has(client, face):
    for view in ("face", "photograph"):
        shown, kept, still = (
            pixels(client, face, ("happy", share), view=view, full=full)
            for share, full in ((0.7, False), (0.7, True), (0.0, True))
        )
        assert shown.shape == kept.shape
        gap = np.abs(shown - kept).mean()
        assert gap < 0.35 * np.abs(kept - still).mean(), view


def test_between_two_steps_the_network_is_nearly_what_it_is():
    """Random weights, whose answers are no straight lines."""
    model = MotionModel(tiny_config(), tiny_motion())
    for name in ("moved", "fine"):
        layer = model.network.get_layer(name)
        layer.set_weights([30 * value for value in layer.get_weights()])
    picture = read_image(example_photograph())
    face, = find_faces(picture, model.config)[:1]
    editor = NetworkFace(model, face)
    before = to_uint8(editor.before).astype(int)
    for mix in (
        [("happy", 0.55)], [("happy", 0.55), ("sad", 0.3)],
        [(np.linspace(-1, 1, 6), 0.7)], [("neutral", 1.0)],
        [("happy", 0.3), ("sad", 0.3), ("surprise", 0.3)],
    ):
        exact = to_uint8(editor.pictures([mix])[0]).astype(int)
        shown = editor.on_screen(mix).astype(int)
        assert shown.shape == exact.shape
        change = np.abs(exact - before).mean()
        assert change > 1
        assert np.abs(shown - exact).mean() < 0.35 * change
    # A step is asked for once.
    asked = editor._kept.cache_info().misses
    for share in np.linspace(0.51, 0.61, 11):
        editor.on_screen([("happy", share)])
    assert editor._kept.cache_info().misses == asked


def test_downloads_keep_colours_alpha_and_time(client):
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "2024:05:03 10:11:12"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 0.0)})
    # Red and green are exchanged, in the profile and in the numbers.
    photograph = Image.fromarray(
        read_image(example_photograph())[..., [1, 0, 2]]
    )
    clear = np.full((512, 512), 255, "uint8")
    clear[400:] = 60
    with_alpha = photograph.copy()
    with_alpha.putalpha(Image.fromarray(clear))
    for image, form in ((photograph, "JPEG"), (with_alpha, "PNG")):
        buffer = io.BytesIO()
        image.save(buffer, form, exif=exif.tobytes(), icc_profile=EXCHANGED)
        made = file_of(
            client, opened(client, buffer.getvalue()), ("happy", 1.0),
            view="photograph", full=True,
        )
        assert made.format == form
        assert b"compositeWithTrainedAlgorithmicMedia" in made.info["xmp"]
        assert made.getexif()[ExifTags.Base.DateTime] == (
            "2024:05:03 10:11:12"
        )
        assert not made.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert made.info["icc_profile"] == EXCHANGED
        if form == "PNG":
            np.testing.assert_array_equal(made.getchannel("A"), clear)


def test_a_motion_model_that_does_not_fit(tmp_path):
    shifting().save(tmp_path / "motion.keras")
    request = PageRequest(motion_model=str(tmp_path))
    method, network = method_and_network(request, tiny_config().classes)
    assert method == "motion" and network.config == tiny_config()
    with pytest.raises(UserError, match="--motion_model: its classes"):
        method_and_network(request, ("happy", "wink", "sad"))
    assert method_and_network(
        PageRequest(model="runs/mine"), ("happy",)
    ) == ("decoder", None)
    with pytest.raises(UserError, match="--motion_model is for --method"):
        PageRequest(motion_model="runs/mine", method="animate")
