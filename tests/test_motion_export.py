"""Motion networks without this project: exported, and served."""

import base64
import io

import numpy as np
import pytest
import tensorflow as tf
from commands import run_here
from conftest import tiny_config
from motion_data import SIDE, picture_of, tiny_motion
from PIL import Image
from starlette.testclient import TestClient

from exprgan_tf.exporting.folder import export
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.pictures.files import encode_picture
from exprgan_tf.pictures.levels import to_uint8
from exprgan_tf.serving.app import make_app
from exprgan_tf.serving.limits import Limits
from exprgan_tf.serving.servable import Servable

IMAGES = np.stack([picture_of(seed) for seed in range(3)])
ASKED = np.array([[1, 0, 0], [0, 0.5, 0], [0.2, 0, 0.7]], "float32")


@pytest.fixture(scope="module")
def model():
    """Random weights; its outputs are far from nothing."""
    tf.keras.utils.set_random_seed(4)
    made = MotionModel(tiny_config(), tiny_motion())
    for name in ("moved", "fine"):
        layer = made.network.get_layer(name)
        layer.set_weights([30 * value for value in layer.get_weights()])
    generator = np.random.default_rng(0)
    made.set_mean_motion(
        generator.uniform(-0.05, 0.05, (3, SIDE // 2, SIDE // 2, 4))
    )
    made.set_ratio_modes(
        generator.uniform(-5.0, 5.0, (3, 2, SIDE // 2, SIDE // 2))
    )
    return made


@pytest.fixture(scope="module")
def path(model, tmp_path_factory):
    file = tmp_path_factory.mktemp("motion") / "motion.keras"
    model.save(file)
    return file


def assert_is_the_models(made, model, count=3):
    wanted = {
        "face": model.edit(IMAGES[:count], ASKED[:count]),
        **model.motions(model.seen(IMAGES[:count]), ASKED[:count]),
    }
    assert set(made) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(made[name], values, atol=1e-3)
    assert np.abs(wanted["face"] - IMAGES[:count]).mean() > 0.02
    assert wanted["mask"].max() > 0.05


def test_a_saved_model_is_the_model(model, path, tmp_path, capsys):
    result = run_here(
        "export", f"--model={path.parent}", f"--output={tmp_path}/saved",
        capsys=capsys,
    )
    assert result.returncode == 0, result.stderr
    edit = tf.saved_model.load(str(tmp_path / "saved")).signatures["edit"]
    assert_is_the_models({
        name: value.numpy() for name, value in edit(
            image=tf.constant(IMAGES), intensities=tf.constant(ASKED)
        ).items()
    }, model)
    readme = (tmp_path / "saved" / "README.md").read_text()
    for part in (
        "`intensities` float32 [n, 3]", "`displacement`", "happy, sad",
        '"intensities": [0.8, 0.0, 0.0]',
    ):
        assert part in readme


def test_tflite_is_the_model(model, tmp_path):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    export(model, tmp_path / "lite", format="tflite")
    run = interpreter.Interpreter(
        str(tmp_path / "lite" / "exprgan.tflite")
    ).get_signature_runner("edit")
    assert_is_the_models(
        run(image=IMAGES[:1], intensities=ASKED[:1]), model, 1
    )


def test_onnx_is_the_model(model, tmp_path):
    pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    export(model, tmp_path / "onnx", format="onnx")
    session = onnxruntime.InferenceSession(tmp_path / "onnx" / "edit.onnx")
    names = [output.name for output in session.get_outputs()]
    for count in (1, 3):
        made = session.run(names, {
            "image": IMAGES[:count], "intensities": ASKED[:count],
        })
        assert_is_the_models(
            dict(zip(names, made, strict=True)), model, count
        )


def test_it_is_served(model, path):
    servable = Servable.load(str(path))
    with TestClient(make_app(servable, Limits())) as client:
        def predict(**request):
            return client.post("/v1/models/exprgan:predict", json=request)

        answer = predict(inputs={
            "image": IMAGES.tolist(), "intensities": ASKED.tolist(),
        })
        assert answer.status_code == 200, answer.text
        assert_is_the_models(answer.json()["outputs"], model)

        picture = to_uint8(IMAGES[0])
        answer = predict(signature_name="edit_bytes", instances=[{
            "image_bytes": {
                "b64": base64.b64encode(encode_picture(picture)).decode(),
            }, "intensities": ASKED[0].tolist(),
        }])
        (face,) = answer.json()["predictions"]
        data = base64.b64decode(face["b64"])
        assert b"compositeWithTrainedAlgorithmicMedia" in data
        made = np.asarray(Image.open(io.BytesIO(data)))
        wanted = to_uint8(model.edit(
            picture[None].astype("float32") / 127.5 - 1.0, ASKED[:1]
        )[0])
        assert np.abs(made.astype(int) - wanted).max() <= 1

        answer = predict(inputs={
            "image": IMAGES.tolist(), "intensities": (5 * ASKED).tolist(),
        })
        assert answer.status_code == 400
        assert "intensities must lie between 0 and 1" in answer.json()["error"]
