"""Weights of other programs, from files as they are found."""

import pathlib
import pickle

import h5py
import numpy as np
import pytest
import scipy.io
import tensorflow as tf
from commands import assert_one_clear_line, run_here, run_process
from conftest import tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.conversion import authors_checkpoint, vgg_face
from exprgan_tf.conversion.calibration import calibrate
from exprgan_tf.data.batches.tf_data import training_batches
from exprgan_tf.errors import UserError

DATA = pathlib.Path(__file__).parent / "parity" / "data"
CHECKPOINT = DATA / "ckpt_joint" / "checkpoint"


@pytest.fixture
def authors_model():
    """A model whose settings the authors' code could have."""
    tf.keras.utils.set_random_seed(3)
    return ExprGAN(tiny_config("released"))


def variables_of(model):
    return {
        name: np.asarray(variable.value)
        for name, variable in authors_checkpoint.authors_names(model).items()
    }


def write_checkpoint(prefix, variables):
    """A checkpoint as `tf.train.Saver` writes it."""
    names = sorted(variables)
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[variables[name] for name in names],
    )
    return prefix


def import_written(tmp_path, variables, *flags, capsys):
    prefix = write_checkpoint(tmp_path / "model-5", variables)
    output = tmp_path / "model.keras"
    return output, run_here(
        "import-authors-checkpoint", f"--checkpoint={prefix}",
        f"--output={output}", *flags, capsys=capsys,
    )


def test_the_checkpoint_of_tensorflow_1_becomes_a_model(tmp_path):
    output = tmp_path / "authors.keras"
    result = run_process(
        "tools.import_authors_checkpoint",
        f"--checkpoint={CHECKPOINT}/model-27", f"--output={output}",
    )

    assert result.returncode == 0, result.stderr
    assert "mapped all 112 variables" in result.stdout
    assert "E_conv4/w -> encoder/conv4/kernel" in result.stdout
    assert "moving statistics" in result.stdout
    model = ExprGAN.load(output)
    found = variables_of(model)
    variables = authors_checkpoint.read_checkpoint(CHECKPOINT)
    assert set(found) == set(variables)
    for name, value in variables.items():
        np.testing.assert_array_equal(found[name], value)
    image = np.zeros((1, *model.encoder.input_shape[1:]), "float32")
    assert model.edit(image, "sad", refine="none").shape == image.shape


def test_any_width_is_found_from_the_shapes(authors_model):
    variables = variables_of(authors_model)
    imported, mapping = authors_checkpoint.import_checkpoint(
        variables, authors_model.config.classes
    )

    for name in (
        "image_size", "identity_size", "code_size", "encoder_channels",
        "decoder_channels", "decoder_start_size", "discriminator_channels",
        "discriminator_units", "q_shared_units", "q_units",
        "latent_discriminator_units",
    ):
        expected = getattr(authors_model.config, name)
        assert getattr(imported.config, name) == expected, name
    for name, value in variables_of(imported).items():
        np.testing.assert_array_equal(value, variables[name])
    assert len(mapping) == len(variables)


def test_the_controller_alone(authors_model):
    variables = {
        name: value for name, value in variables_of(authors_model).items()
        if name.startswith(("G_", "D_img_"))
    }
    imported, mapping = authors_checkpoint.import_checkpoint(
        variables, authors_model.config.classes
    )

    assert imported.config.identity_size == authors_model.config.identity_size
    notes = authors_checkpoint.notes(imported, mapping)
    assert "controller alone" in notes[0]
    assert "0 and 1 everywhere" in notes[1]


@pytest.mark.parametrize("change, message", [
    (lambda v: v.update({"E_conv0/w/Adam": v["E_conv0/w"]}),
     "E_conv0/w/Adam"),
    (lambda v: v.pop("D_img_bn1/beta"), "lacks the variable D_img_bn1/beta"),
    (lambda v: v.pop("G_fc/w"), "lacks the variable G_fc/w"),
    (lambda v: v.update({"D_z_fc1/b": v["D_z_fc1/b"][1:]}), "D_z_fc1/b"),
    (lambda v: v.clear(), "lacks the variable"),
])
def test_what_does_not_fit_is_refused_by_name(authors_model, change, message):
    variables = variables_of(authors_model)
    change(variables)

    with pytest.raises(UserError, match=message):
        authors_checkpoint.import_checkpoint(
            variables, authors_model.config.classes
        )


def test_classes_must_be_named_unless_there_are_six(
    authors_model, tmp_path, capsys
):
    output, result = import_written(
        tmp_path, variables_of(authors_model), capsys=capsys
    )

    assert_one_clear_line(result, "3 expressions", "--classes")
    assert not output.exists()


@pytest.mark.parametrize("damage", ["cut", "no_data", "missing", "text"])
def test_a_damaged_checkpoint_is_named(authors_model, tmp_path, damage):
    prefix = write_checkpoint(
        tmp_path / "model-5", variables_of(authors_model)
    )
    data = tmp_path / "model-5.data-00000-of-00001"
    index = tmp_path / "model-5.index"
    if damage == "cut":
        data.write_bytes(data.read_bytes()[:1000])
    elif damage == "no_data":
        data.unlink()
    elif damage == "missing":
        index.unlink()
    else:
        index.write_text("this is no index")

    with pytest.raises(UserError, match=r"--checkpoint=.*model-5"):
        authors_checkpoint.read_checkpoint(prefix)


def test_a_folder_stands_for_its_newest_checkpoint(authors_model, tmp_path):
    variables = variables_of(authors_model)
    write_checkpoint(tmp_path / "model-5", {"old": np.zeros(1)})
    write_checkpoint(tmp_path / "model-12", variables)

    assert set(authors_checkpoint.read_checkpoint(tmp_path)) == set(variables)


def test_calibrated_q_gives_at_inference_what_it_gave_in_training(
    authors_model, dataset
):
    config = authors_model.config.replace(batch_sizes=(36, 36, 36))
    authors_model.config = config
    before = [variable.numpy() for variable in authors_model.variables]
    batch = next(iter(training_batches(dataset, config, stage=3, steps=1)))
    inputs = [batch["image"], batch["label"]]

    assert calibrate(authors_model, dataset) == 36

    for found, expected in zip(
        authors_model.image_discriminator(inputs, training=False),
        authors_model.image_discriminator(inputs, training=True),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    for variable, value in zip(authors_model.variables, before, strict=True):
        if "moving" not in variable.path:
            np.testing.assert_array_equal(variable, value)
    norm = authors_model.image_discriminator.get_layer("bn0")
    assert norm.momentum == 1.0


def test_calibrating_on_other_expressions_is_refused(dataset):
    model = ExprGAN(tiny_config("released", classes=("a", "b", "c")))

    with pytest.raises(UserError, match="has the expressions happy"):
        calibrate(model, dataset)


def stand_in():
    """Kernels and biases of the stand-in by MatConvNet's names."""
    content = scipy.io.loadmat(
        DATA / "fake_vgg_face.mat", struct_as_record=False, squeeze_me=True
    )
    return {
        str(layer.name): layer.weights for layer in content["layers"]
        if hasattr(layer, "weights")
    }


def write_keras_port(path, layout):
    """The stand-in as a Keras port has it: BGR, in one of the layouts."""
    with h5py.File(path, "w") as file:
        for index, (name, weights) in enumerate(stand_in().items(), start=1):
            kernel = np.asarray(weights[0])
            if name == "conv1_1":
                kernel = kernel[:, :, ::-1]
            if layout == "named":
                group, inner = f"{name}/{name}", "kernel:0"
            elif layout == "keras 1":
                group, inner = name, f"{name}_W_1:0"
            elif layout == "sequential":
                group, inner = f"conv2d_{index}/conv2d_{index}", "kernel:0"
            else:
                number = f"_{index - 1}" if index > 1 else ""
                group, inner = f"layers/conv2d{number}/vars", "0"
            if layout == "saved model":
                group = f"model_weights/{group}"
            file[f"{group}/{inner}"] = kernel
            file[f"{group}/{inner.replace('kernel', 'bias')}_b"] = weights[1]


@pytest.mark.parametrize("layout", [
    "named", "keras 1", "sequential", "keras 3", "saved model",
])
def test_keras_ports_equal_the_file_of_matconvnet(layout, tmp_path):
    write_keras_port(tmp_path / "vgg_face.h5", layout)
    port = vgg_face.convert(tmp_path / "vgg_face.h5")
    original = vgg_face.convert(DATA / "fake_vgg_face.mat")
    images = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 3))

    assert (port.channel_order, original.channel_order) == ("bgr", "rgb")
    for found, expected in zip(
        port(images.astype("float32")), original(images.astype("float32")),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_the_first_edition_of_the_file_of_matconvnet(tmp_path):
    layers = np.zeros((1, 0), object)
    for name, (kernel, bias) in stand_in().items():
        item = np.empty((1, 1), object)
        item[0, 0] = {
            "name": name, "type": "conv", "filters": kernel, "biases": bias,
        }
        layers = np.append(layers, item, axis=1)
    scipy.io.savemat(tmp_path / "vgg_face.mat", {"net": {
        "layers": layers,
        "normalization": {"imageSize": np.array([224.0, 224.0, 3.0])},
    }})

    old = vgg_face.convert(tmp_path / "vgg_face.mat")

    for found, expected in zip(
        old.get_weights(),
        vgg_face.convert(DATA / "fake_vgg_face.mat").get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def damaged_vgg(kind, folder):
    path = folder / ("vgg.h5" if kind.endswith("h5") else "vgg.mat")
    whole = (DATA / "fake_vgg_face.mat").read_bytes()
    if kind == "cut mat":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "text mat":
        path.write_text("no weights here")
    elif kind == "empty mat":
        path.write_bytes(b"")
    elif kind == "other mat":
        scipy.io.savemat(path, {"something": np.zeros(3)})
    elif kind == "cut h5":
        write_keras_port(path, "named")
        path.write_bytes(path.read_bytes()[:20_000])
    elif kind == "other h5":
        with h5py.File(path, "w") as file:
            file["dense/kernel:0"] = np.zeros((3, 3))
    elif kind == "theano h5":
        with h5py.File(path, "w") as file:
            file["conv1_1/kernel:0"] = np.zeros((4, 3, 3, 3))
            file["conv1_1/bias:0"] = np.zeros(4)
    elif kind == "pickle h5":
        path.write_bytes(pickle.dumps({"conv1_1": 1}))
    return path


@pytest.mark.parametrize("kind", [
    "cut mat", "text mat", "empty mat", "other mat", "missing mat",
    "cut h5", "other h5", "theano h5", "pickle h5",
])
def test_a_wrong_vgg_file_is_named(kind, tmp_path):
    path = damaged_vgg(kind, tmp_path)

    with pytest.raises(UserError, match=f"--input={path}") as error:
        vgg_face.convert(path)
    assert "\n" not in str(error.value)


def test_converted_file_serves_a_run(tmp_path, capsys):
    output = tmp_path / "vgg.keras"
    result = run_here(
        "convert-vgg-face", f"--input={DATA / 'fake_vgg_face.mat'}",
        f"--output={output}", capsys=capsys,
    )
    assert result.returncode == 0, result.stderr
    assert "RGB" in result.stdout

    from exprgan_tf.model_files.configured_model import load_whole
    from exprgan_tf.networks import FaceFeatures

    phi = load_whole(output, FaceFeatures)
    assert phi.mean == list(vgg_face.MEAN)
    assert phi.channel_order == "rgb"
    assert len(phi(np.zeros((1, 64, 64, 3), "float32"))) == 5
