"""The exported SavedModel, used without this project."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from conftest import tiny_config
from test_commands import assert_one_clear_line, command

from exprgan_tf import ExprGAN, codes, exporting
from exprgan_tf.errors import UserError


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "model"
    tf.keras.utils.set_random_seed(5)
    model = ExprGAN(tiny_config())
    return model, folder, exporting.export(model, folder)


def test_signatures_give_what_the_model_gives(exported):
    model, folder, _ = exported
    loaded = tf.saved_model.load(str(folder)).signatures
    generator = np.random.default_rng(0)
    images = generator.uniform(-1, 1, (3, 32, 32, 3)).astype("float32")
    label = np.eye(3, dtype="float32")[[1, 0, 2]]

    edited = loaded["edit"](
        image=tf.constant(images), scores=tf.constant(label),
        intensity=tf.constant([0.5, 0.5, 0.5]),
    )["image"]
    identity = loaded["encode"](image=tf.constant(images))["identity"]
    code = codes.edit_code([1, 0, 2], [0.5] * 3, 3, 2)
    decoded = loaded["decode"](identity=identity, code=tf.constant(code))
    moved = loaded["transfer"](
        image=tf.constant(images), other=tf.constant(images[::-1]),
        label=tf.constant(label),
    )["image"]

    for name, expected in (("sad", 0), ("happy", 1), ("surprise", 2)):
        np.testing.assert_allclose(
            edited[expected : expected + 1], model.edit(
                images[expected : expected + 1], name, 0.5, refine="none"
            ), atol=1e-5,
        )
    np.testing.assert_allclose(identity, model.encode(images), atol=1e-5)
    np.testing.assert_allclose(decoded["image"], edited, atol=1e-5)
    np.testing.assert_allclose(moved, model.decode(
        model.encode(images),
        np.clip(model.estimate_code(images[::-1], label), -1, 1),
    ), atol=1e-5)


def test_generated_faces_follow_the_seed(exported):
    _, folder, _ = exported
    generate = tf.saved_model.load(str(folder)).signatures["generate"]

    def made(seed):
        return generate(
            scores=tf.eye(3), intensity=tf.ones(3), seed=tf.constant(seed)
        )["image"].numpy()

    np.testing.assert_array_equal(made(1), made(1))
    assert np.any(made(1) != made(2))


def test_it_loads_where_the_project_is_not(exported, tmp_path):
    _, folder, _ = exported
    result = subprocess.run(
        [sys.executable, "-c", f"""
import sys, tensorflow as tf
model = tf.saved_model.load({str(folder)!r})
print(sorted(model.signatures))
assert not [name for name in sys.modules if name.startswith("exprgan")]
"""], capture_output=True, text=True, cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    for name in exporting.SIGNATURES:
        assert repr(name) in result.stdout


def test_variables_are_stored_once(exported):
    model, folder, size = exported
    weights = sum(
        array.nbytes for network in
        (model.encoder, model.decoder, model.image_discriminator)
        for array in network.get_weights()
    )
    stored = sum(
        path.stat().st_size for path in (folder / "variables").iterdir()
    )
    assert stored < 1.5 * weights
    assert size > stored
    readme = (folder / "README.md").read_text()
    assert "`scores` float32 [n, 3]" in readme and "happy, sad" in readme


def test_an_existing_folder_is_kept(exported):
    model, folder, _ = exported
    with pytest.raises(UserError, match="--overwrite"):
        exporting.export(model, folder)


def test_command_without_a_model(tmp_path):
    result = command(
        "exprgan_tf.export", "--model=runs/nothing",
        f"--output={tmp_path}/out",
    )
    assert_one_clear_line(result, "runs/nothing")
