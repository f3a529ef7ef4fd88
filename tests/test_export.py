"""Exported models, used without this project."""

import io
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from commands import assert_one_clear_line, run_here
from conftest import tiny_config
from PIL import Image

from exprgan_tf import ExprGAN, codes
from exprgan_tf.errors import UserError
from exprgan_tf.exporting.folder import export
from exprgan_tf.exporting.names import BYTES
from exprgan_tf.exporting.painting import painting_signatures
from exprgan_tf.model_files.identities import Identities
from exprgan_tf.pictures.files import to_model_input
from exprgan_tf.pictures.levels import to_uint8


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "model"
    tf.keras.utils.set_random_seed(5)
    model = ExprGAN(tiny_config())
    return model, folder, export(model, folder)


@pytest.fixture(scope="module")
def loaded(exported):
    return tf.saved_model.load(str(exported[1])).signatures


@pytest.fixture(scope="module")
def faces():
    generator = np.random.default_rng(0)
    return generator.uniform(-1, 1, (3, 32, 32, 3)).astype("float32")


PLAIN = ("edit", "encode", "decode", "transfer", "generate")
LABEL = np.eye(3, dtype="float32")[[1, 0, 2]]


def expected(model, faces):
    """What the model itself gives, for each exported signature."""
    identity = model.encode(faces)
    code = codes.edit_code([1, 0, 2], [0.5] * 3, 3, 2)
    moved = np.clip(model.estimate_code(faces[::-1], LABEL), -1, 1)
    return {
        "edit": np.concatenate([
            model.edit(faces[index : index + 1], name, 0.5, refine="none")
            for index, name in enumerate(("sad", "happy", "surprise"))
        ]),
        "encode": identity,
        "decode": model.decode(identity, code),
        "transfer": model.decode(identity, moved),
    }


def inputs_of(model, faces):
    half = np.full(3, 0.5, "float32")
    return {
        "edit": {"image": faces, "scores": LABEL, "intensity": half},
        "encode": {"image": faces},
        "decode": {
            "identity": model.encode(faces),
            "code": np.asarray(codes.edit_code([1, 0, 2], half, 3, 2)),
        },
        "transfer": {
            "image": faces, "other": faces[::-1].copy(), "label": LABEL
        },
    }


def test_signatures_give_what_the_model_gives(exported, loaded, faces):
    model = exported[0]
    wanted, inputs = expected(model, faces), inputs_of(model, faces)
    for name in wanted:
        (made,) = loaded[name](**{
            key: tf.constant(value) for key, value in inputs[name].items()
        }).values()
        np.testing.assert_allclose(made, wanted[name], atol=1e-5)
    (made,) = loaded["serving_default"](**{
        key: tf.constant(value) for key, value in inputs["edit"].items()
    }).values()
    np.testing.assert_allclose(made, wanted["edit"], atol=1e-5)


def test_a_model_without_expressions_gives_its_faces_back(tmp_path, faces):
    model = ExprGAN(tiny_config(model_type="aae"))
    export(model, tmp_path / "aae")
    edit = tf.saved_model.load(str(tmp_path / "aae")).signatures["edit"]
    np.testing.assert_allclose(
        edit(image=tf.constant(faces), scores=tf.constant(LABEL),
             intensity=tf.ones(3))["face"],
        model.edit(faces, "happy", 1.0, refine="none"), atol=1e-5,
    )


def encoded(picture, format):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format)
    return file.getvalue()


def smooth_picture(height, width):
    generator = np.random.default_rng(height)
    small = generator.integers(0, 255, (4, 4, 3), "uint8")
    return np.asarray(Image.fromarray(small).resize((width, height)))


def test_encoded_pictures_in_and_out(exported, loaded):
    assert_pictures_in_and_out(exported[0], loaded)


def test_encoded_pictures_whose_range_is_stretched(tmp_path):
    model = ExprGAN(tiny_config(pixel_normalization="min_max"))
    export(model, tmp_path / "model")
    assert_pictures_in_and_out(
        model, tf.saved_model.load(str(tmp_path / "model")).signatures
    )


def assert_pictures_in_and_out(model, signatures):
    pictures = [smooth_picture(96, 64), smooth_picture(32, 32),
                smooth_picture(20, 30)]
    made = signatures["edit_bytes"](
        image_bytes=tf.constant([
            encoded(picture, format) for picture, format in
            zip(pictures, ("BMP", "PNG", "PNG"), strict=True)
        ]),
        scores=tf.constant(LABEL), intensity=tf.ones(3),
    )["face_bytes"].numpy()
    taken = np.stack([
        to_model_input(picture, model.config) for picture in pictures
    ])
    for index, name in enumerate(("sad", "happy", "surprise")):
        picture = np.asarray(Image.open(io.BytesIO(made[index])))
        wanted = to_uint8(
            model.edit(taken[index : index + 1], name, 1.0, refine="none")
        )[0]
        assert picture.dtype == np.uint8
        np.testing.assert_allclose(
            picture.astype(int), wanted.astype(int), atol=1
        )


def test_every_signature_has_a_form_for_pictures(exported, loaded, faces):
    jpeg = encoded(smooth_picture(40, 40), "JPEG")
    for name in PLAIN:
        specs = loaded[name + BYTES].structured_input_signature[1]
        outputs = loaded[name + BYTES](**{
            key: tf.constant([jpeg, jpeg]) if spec.dtype == tf.string
            else tf.zeros([2, *spec.shape[1:]], spec.dtype)
            for key, spec in specs.items()
        })
        (key,) = outputs
        assert key == ("identity" if name == "encode" else "face_bytes")
        assert len(outputs[key]) == 2


def test_generated_faces_follow_their_seeds(loaded):
    made = loaded["generate"](
        scores=tf.zeros((3, 3)), intensity=tf.ones(3),
        seed=tf.constant([1, 2, 1]),
    )["face"].numpy()
    np.testing.assert_allclose(made[0], made[2], atol=1e-6)
    assert np.abs(made[0] - made[1]).max() > 1e-3


def test_new_people_are_like_those_that_were_learned_from():
    model = ExprGAN(tiny_config())
    generate = painting_signatures(model).functions["generate"]
    asked = (tf.zeros((1, 3)), tf.ones(1), tf.constant([4]))
    from_prior = generate(*asked)["face"].numpy()
    mean = np.linspace(-2, 2, model.config.identity_size, dtype="float32")
    model.identities = Identities(mean, np.zeros((2, len(mean)), "float32"))
    face = generate(*asked)["face"].numpy()
    np.testing.assert_allclose(
        face, model.decode(np.tanh(mean)[None], -np.ones((1, 6))), atol=1e-5
    )
    assert np.abs(face - from_prior).max() > 1e-3


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
    for name in PLAIN:
        assert repr(name) in result.stdout
        assert repr(name + BYTES) in result.stdout


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


def test_tflite_gives_what_the_model_gives(exported, faces, tmp_path):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    model = exported[0]
    export(model, tmp_path / "lite", format="tflite")
    lite = interpreter.Interpreter(str(tmp_path / "lite" / "exprgan.tflite"))
    inputs = inputs_of(model, faces)
    for name, wanted in expected(model, faces).items():
        run = lite.get_signature_runner(name)
        for index in range(3):
            (made,) = run(**{
                key: value[index : index + 1]
                for key, value in inputs[name].items()
            }).values()
            np.testing.assert_allclose(made[0], wanted[index], atol=1e-5)


def test_onnx_gives_what_the_model_gives(exported, faces, tmp_path):
    pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    model = exported[0]
    export(model, tmp_path / "onnx", format="onnx")
    inputs = inputs_of(model, faces)
    for name, wanted in expected(model, faces).items():
        session = onnxruntime.InferenceSession(
            tmp_path / "onnx" / f"{name}.onnx"
        )
        for count in (1, 3):
            (made,) = session.run(None, {
                key: value[:count] for key, value in inputs[name].items()
            })
            np.testing.assert_allclose(made, wanted[:count], atol=1e-5)


def test_onnx_without_its_converter(exported, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(UserError, match=r"exprgan_tf\[export\]"):
        export(exported[0], tmp_path / "onnx", format="onnx")
    assert not list(tmp_path.iterdir())


def test_an_existing_folder_is_kept(exported):
    model, folder, _ = exported
    with pytest.raises(UserError, match="--overwrite"):
        export(model, folder)


def test_command_without_a_model(tmp_path, capsys):
    result = run_here(
        "export", "--model=runs/nothing", f"--output={tmp_path}/out",
        capsys=capsys,
    )
    assert_one_clear_line(result, "runs/nothing")
