"""edit --method=motion: a network's motion on a photograph."""

import gc
import shutil
import weakref

import numpy as np
import pytest
from commands import assert_one_clear_line, run_here
from conftest import tiny_config
from motion_data import HAPPY, SIDE, shifting, tiny_motion
from PIL import Image

from exprgan_tf.animation.fields import blur
from exprgan_tf.editing.networked import NetworkFace, lit_teeth, sharpened
from exprgan_tf.faces.photographs import find_faces
from exprgan_tf.model_files import heads
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.networks.composing import cubic, linear
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image


@pytest.fixture(scope="module")
def model():
    return shifting()


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


def test_folds_are_shown_deeper_than_they_are_learned():
    model = shifting()
    bias = model.network.get_layer("fine").bias
    # Of each four pixels that the layer makes, the ratio's.
    bias.assign(bias + np.where(np.arange(20) % 5 == 4, -0.1, 0.0))
    images = np.zeros((1, SIDE, SIDE, 3), "float32")
    asked = np.zeros((1, 3), "float32")
    learned = np.asarray(model(images, asked))
    shown = model.edit(images, asked)
    light = model.motions(model.seen(images), asked)["ratio"]
    # Brightness is counted from -1.
    np.testing.assert_allclose(shown + 1.0, light * (images + 1.0), atol=1e-5)
    np.testing.assert_allclose(shown + 1.0, (learned + 1.0) ** 1.4, atol=1e-5)
    assert learned.max() < -0.05


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


def test_a_face_that_nobody_holds_is_gone(model, picture):
    """And not when Python looks for circles, which a server does rarely."""
    face, = find_faces(picture, model.config)[:1]
    editor = NetworkFace(model, face)
    editor.on_screen([("happy", 0.4)], whole=True)
    held = weakref.ref(editor)
    gc.disable()
    try:
        del editor
        assert held() is None
    finally:
        gc.enable()


def test_what_asks_for_nothing_changes_nothing(model, picture):
    face, = find_faces(picture, model.config)[:1]
    for mix in ([("neutral", 1.0)], [("happy", 0.0)]):
        shown, = NetworkFace(model, face).changes([mix])
        np.testing.assert_array_equal(
            shown.apply(picture, face.transform), picture
        )


def test_what_a_face_shows_is_taken_back_as_the_asked_comes(picture):
    """At 0 the photograph is as it was, at 1 nothing else is left of it."""
    showing = MotionModel(tiny_config(), tiny_motion())
    for name in ("moved", "fine"):
        layer = showing.network.get_layer(name)
        layer.set_weights([0 * value for value in layer.get_weights()])
    # Whatever is asked for, the network takes this back.
    showing.network.get_layer("moved").bias.assign([0.5, 0.0])
    face, = find_faces(picture, showing.config)[:1]
    editor = NetworkFace(showing, face)

    def change(*mix):
        made, = editor.changes([list(mix)])
        moved = made.apply(picture, face.transform)
        return np.abs(moved.astype(int) - picture).mean()

    assert change() == change(("happy", 0.0)) == 0.0
    amounts = [change(("happy", share)) for share in (0.25, 0.5, 1.0)]
    assert 0 < amounts[0] < amounts[1] < amounts[2]
    assert change(("neutral", 1.0)) == amounts[2]
    assert change(("happy", 0.5), ("sad", 0.5)) == amounts[2]


def test_new_colours_are_sharpened_where_they_count():
    flat = np.full((64, 64, 3), 90, "float32")
    everywhere = np.ones((64, 64, 1), "float32")
    np.testing.assert_allclose(sharpened(flat, everywhere), flat, atol=1e-3)
    step = flat.copy()
    step[:, 32:] = 150
    soft = blur(step, 1.0)
    steeper = sharpened(soft, everywhere)
    assert np.diff(steeper[32, :, 0]).max() > 1.3 * np.diff(
        soft[32, :, 0]
    ).max()
    # What is not shown says nothing of what is.
    half = everywhere.copy()
    half[:, 32:] = 0
    np.testing.assert_allclose(
        sharpened(step, half)[:, :32], flat[:, :32], atol=1
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


def edit_happy(output, capsys, *flags):
    return run_here(
        "edit", "--expressions=happy", "--intensities=1",
        f"--output={output}", *flags, capsys=capsys,
    )


def shown(folder):
    return read_image(folder / "astronaut_happy_1.00.png")


def test_auto_is_what_the_model_is_made_for(path, tmp_path, capsys):
    result = edit_happy(
        tmp_path / "said", capsys, f"--model={path.parent}", "--method=motion"
    )
    assert result.returncode == 0, result.stderr
    # What only the decoder shows is no motion network's.
    result = edit_happy(
        tmp_path / "levels", capsys, f"--model={path}", "--levels"
    )
    assert_one_clear_line(result, path, "another model")
    result = edit_happy(
        tmp_path / "refined", capsys, f"--model={path}", "--refine=none"
    )
    assert result.returncode == 0
    assert result.stderr == (
        "--refine=none is for what the decoder paints: to --method=motion "
        "it means nothing\n"
    )
    np.testing.assert_array_equal(
        shown(tmp_path / "refined"), shown(tmp_path / "said")
    )


def test_what_comes_along_is_found(path, tmp_path, capsys, monkeypatch):
    carried = tmp_path / "motion.keras"
    monkeypatch.setattr(heads, "CARRIED_MOTION", carried)
    result = edit_happy(tmp_path / "none", capsys, "--method=motion")
    assert_one_clear_line(result, "--method=motion", "--stage=motion")
    result = edit_happy(tmp_path / "animated", capsys)
    assert result.returncode == 0, result.stderr

    shutil.copy(path, carried)
    result = edit_happy(tmp_path / "auto", capsys)
    assert result.returncode == 0, result.stderr
    np.testing.assert_array_equal(
        shown(tmp_path / "auto"), shown(tmp_path / "animated")
    )
    result = edit_happy(tmp_path / "moved", capsys, "--method=motion")
    assert result.returncode == 0, result.stderr
    assert not np.array_equal(
        shown(tmp_path / "moved"), shown(tmp_path / "animated")
    )
    # Whoever names a motion network may still ask for the other method.
    result = edit_happy(
        tmp_path / "animate", capsys, f"--model={path}", "--method=animate"
    )
    assert result.returncode == 0, result.stderr
    np.testing.assert_array_equal(
        shown(tmp_path / "animate"), shown(tmp_path / "animated")
    )


def test_teeth_are_bright_and_warm():
    """In colour photographs they were gray, as if they wore braces."""
    colours = np.full((4, 4, 3), 120.0, "float32")
    colours[2:] = 20.0
    skin = np.float32([230, 190, 160])
    made = lit_teeth(colours, np.ones((4, 4, 1), "float32"), skin)
    red, green, blue = made[0, 0]
    assert red > green > blue and 140 < green < skin.mean()
    np.testing.assert_array_equal(made[2:], colours[2:])
    # The inside of an open mouth stays dark.
    dark = np.full((4, 4, 3), 40.0, "float32")
    for mask in (0.0, 1.0):
        np.testing.assert_array_equal(
            lit_teeth(dark, np.full((4, 4, 1), mask), skin), dark
        )
