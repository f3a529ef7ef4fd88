"""edit --method=motion: a network's motion on a photograph."""

import numpy as np
import pytest
from commands import assert_one_clear_line, run_here
from motion_data import HAPPY, SIDE, moving_model
from PIL import Image

from exprgan_tf.editing.networked import NetworkFace
from exprgan_tf.faces.photographs import find_faces
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.networks.composing import cubic, linear
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image


@pytest.fixture(scope="module")
def model():
    return moving_model()


@pytest.fixture(scope="module")
def path(model, tmp_path_factory):
    file = tmp_path_factory.mktemp("motion") / "motion.keras"
    model.save(file)
    return file


@pytest.fixture(scope="module")
def picture():
    return read_image(example_photograph())


def test_a_saved_model_is_the_model(model, path):
    loaded = MotionModel.load(path.parent)
    images = np.random.default_rng(0).uniform(-1, 1, (2, SIDE, SIDE, 3))
    asked = np.eye(3, dtype="float32")[:2]
    np.testing.assert_array_equal(
        loaded.edit(images, asked), model.edit(images, asked)
    )
    halves = model.motions(model.seen(images), asked)
    assert {name: part.shape for name, part in halves.items()} == {
        "displacement": (2, SIDE, SIDE, 2), "ratio": (2, SIDE, SIDE, 1),
        "mask": (2, SIDE, SIDE, 1), "colours": (2, SIDE, SIDE, 3),
    }
    np.testing.assert_allclose(
        halves["displacement"][0, ..., 0], HAPPY[0], rtol=1e-5
    )


def test_the_photograph_moves_at_its_own_resolution(model, picture):
    face, = find_faces(picture, model.config)[:1]
    edits = NetworkFace(model, face)
    shown, = edits.changes([[("happy", 1.0)]])
    edited = shown.apply(picture, face.transform)
    # Two pixels of the model's picture are many of the photograph's.
    linear_part = face.transform[:, :2]
    move = np.linalg.solve(linear_part, [2.0, 0.0])
    middle = np.linalg.solve(
        linear_part, np.full(2, SIDE / 2) - face.transform[:, 2]
    )
    x, y = np.rint(middle).astype(int)
    around = [slice(y - 12, y + 12), slice(x - 12, x + 12)]
    there = [slice(part.start + step, part.stop + step) for part, step in zip(
        around, np.rint(move[::-1]).astype(int), strict=True
    )]
    assert np.abs(move).max() > 8

    def gap(left, right):
        return np.abs(left.astype(float) - right).mean()

    assert gap(edited[*around], picture[*there]) < 0.35 * gap(
        picture[*around], picture[*there]
    )
    # What lies around the face stays as it is.
    assert (edited == picture).all(axis=-1).mean() > 0.5


def test_what_asks_for_nothing_changes_nothing(model, picture):
    face, = find_faces(picture, model.config)[:1]
    for mix in ([("neutral", 1.0)], [("happy", 0.0)]):
        shown, = NetworkFace(model, face).changes([mix])
        np.testing.assert_array_equal(
            shown.apply(picture, face.transform), picture
        )


def test_interpolation_goes_through_constants_and_lines():
    for kind in (linear, cubic):
        matrix = kind(8, 16)
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-12)
        line = matrix @ np.arange(8.0)
        np.testing.assert_allclose(
            line[6:10], (np.arange(6, 10) + 0.5) / 2 - 0.5, atol=0.01
        )


def test_the_command(path, tmp_path, capsys):
    result = run_here(
        "edit", "--method=motion", f"--model={path}", "--paste_back",
        "--expressions=neutral,happy", "--intensities=1",
        f"--output={tmp_path}", capsys=capsys,
    )
    assert result.returncode == 0, result.stderr
    with Image.open(tmp_path / "astronaut_happy_1.00_photo.png") as edited:
        assert edited.size == (512, 512)
    result = run_here(
        "edit", "--method=motion", f"--model={path}", "--shapes=jawOpen:1",
        f"--output={tmp_path}", capsys=capsys,
    )
    assert_one_clear_line(result, "--shapes needs --method=animate")
    result = run_here(
        "edit", "--method=motion", f"--model={tmp_path}",
        f"--output={tmp_path}", capsys=capsys,
    )
    assert_one_clear_line(result, "motion.keras", "--stage=motion")
