"""What the page's server answers."""

import io
import re

import numpy as np
from page_driver import (
    HOME,
    client,
    edit,
    face,
    file_of,
    image_of,
    photograph,
    picture,
    pixels,
    studio,
    upload,
)

from exprgan_tf.editing.new_faces import draw_person, generate
from exprgan_tf.editing.transferring import transfer_code
from exprgan_tf.page.studio import STATIC
from exprgan_tf.pictures.levels import to_uint8


def test_the_files_of_the_page_need_nothing_from_elsewhere(client):
    for file in STATIC.iterdir():
        # What a link adds to an address must not change a script.
        address = "/" if file.name == "index.html" else f"/{file.name}"
        answer = client.get(f"{address}?data=evil&kind=text/html")
        assert answer.status_code == 200
        assert answer.content == file.read_bytes()
        if file.name.endswith((".html", ".css", ".js")):
            assert not re.search(r"https?://|url\(|<style|\son\w+=|eval\(",
                                 answer.text), file.name


def test_an_edit_is_the_models(client, studio, picture):
    model = studio.model
    portrait = studio.find(file_of(photograph((40, 60), (280, 180))))[1]
    face = client.post(
        "/api/faces", json={"picture": picture, "number": 1}
    ).json()["face"]

    found = pixels(edit(client, face, ("sad", 0.5)))

    expected = model.edit(portrait.image[None], "sad", 0.5, refine="none")[0]
    assert found.shape == (32, 32, 3)
    assert np.abs(found - to_uint8(expected)).max() <= 1


def test_an_upload_of_several_pictures_says_that_one_is_used(client):
    first, second = photograph((40, 60)), photograph((280, 180))
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=[second])

    notes = [
        upload(client, data).json()["note"]
        for data in (file.getvalue(), file_of(first))
    ]

    assert notes == ["only one of its 2 pictures is used", None]


def test_intensities_and_mixtures_show(client, face):
    neutral = pixels(edit(client, face))
    happy = pixels(edit(client, face, ("happy", 1)))
    mixed = pixels(edit(client, face, ("happy", 1), ("sad", 0.5)))

    assert np.any(neutral != happy)
    assert np.any(happy != mixed)
    np.testing.assert_array_equal(
        neutral, pixels(edit(client, face, ("happy", 0), ("sad", 0)))
    )


def test_the_photograph_around_stays(client, face):
    original = np.asarray(photograph((40, 60), (280, 180))).astype(int)

    full = pixels(edit(
        client, face, ("happy", 1), view="photograph", full=True
    ))
    small = image_of(edit(client, face, ("happy", 1), view="photograph"))
    before = image_of(client.get(f"/api/faces/{face}/photograph"))

    assert full.shape == original.shape
    # Both files are JPEGs. The two differ around one of the two faces only.
    other = pixels(edit(client, face, ("sad", 1), view="photograph", full=True))
    columns = np.nonzero(np.any(other != full, axis=-1))[1]
    assert columns.size
    assert columns.max() < 245 or columns.min() > 245
    change = np.abs(full - original)
    away = np.s_[:, 245:] if columns.max() < 245 else np.s_[:, :245]
    assert change[away].mean() < 3
    assert change[:50].mean() < 3
    assert small.size == before.size


def test_a_large_photograph_is_shown_smaller(client):
    large = photograph((40, 60)).resize((3000, 2400))
    found = upload(client, file_of(large, "JPEG")).json()
    face = client.post("/api/faces", json=found | {"number": 0}).json()["face"]

    shown = image_of(edit(client, face, view="photograph"))

    assert max(shown.size) < 1000


def test_faces_without_surroundings_have_no_photograph(client):
    for chosen in ({"kind": "example"}, {"kind": "person", "number": 3}):
        answer = client.post("/api/faces", json=chosen).json()
        assert answer["center"] is None
        face = answer["face"]
        assert edit(client, face, view="photograph").status_code == 422
        assert client.get(f"/api/faces/{face}/photograph").status_code == 422


def test_a_new_person_is_that_of_generate(client, studio):
    model = studio.model
    images, labels, _ = generate(model, 17, 1, seed=0)
    _, noise = draw_person(model, 0, 17)
    face = client.post(
        "/api/faces", json={"kind": "person", "number": 17}
    ).json()["face"]

    for image, code in zip(
        images, model.random_codes(labels, noise), strict=True
    ):
        found = pixels(edit(client, face, (code.tolist(), 1)))
        assert np.abs(found - image).max() <= 1


def test_an_expression_is_borrowed(client, studio, picture, face):
    portrait = studio.find(file_of(photograph((40, 60), (280, 180))))[1]
    asked = {"picture": picture, "number": 1}

    guessed = client.post("/api/expressions", json=asked).json()
    told = client.post(
        "/api/expressions", json=asked | {"expression": "surprise"}
    ).json()

    assert guessed["expression"] in studio.model.config.classes
    expected = transfer_code(studio.model, portrait.image[None], [2])[0]
    assert told["expression"] == "surprise"
    np.testing.assert_allclose(told["code"], expected, atol=1e-4)
    half = pixels(edit(client, face, (told["code"], 0.5)))
    assert np.any(half != pixels(edit(client, face)))


def test_grid_and_animation(client, face):
    grid = image_of(client.post(f"/api/faces/{face}/grid"))
    wish = {"mix": [{"what": "sad", "intensity": 1}], "view": "photograph"}
    sweep = image_of(client.post(f"/api/faces/{face}/animation", json=wish))

    assert grid.width > 7 * 128 and grid.height > 3 * 128
    assert sweep.n_frames > 10
    first = np.asarray(sweep.convert("RGB")).astype(int)
    sweep.seek(sweep.n_frames // 2)
    assert np.abs(np.asarray(sweep.convert("RGB")) - first).max() > 20
