"""The files of each format; each function fills a folder that is empty."""

import pathlib
import tempfile

import tensorflow as tf

from exprgan_tf.errors import UserError
from exprgan_tf.exporting.signatures import (
    DEFAULT,
    concrete_functions,
    input_specs,
    plain_functions,
)
from exprgan_tf.support.quiet import quiet_stderr

# What ONNX and TFLite are given. Drawing the identity of a new face from a
# seed is an operation that neither has; `decode` takes one that was drawn.
CONVERTED = ("edit", "encode", "decode", "transfer")
ONNX_OPSET = 18


def write_saved_model(model, folder):
    """The networks behind all signatures, each variable once."""
    functions = concrete_functions(model)
    default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    _save(model, folder, {**functions, default: functions[DEFAULT]})


def write_tflite(model, folder):
    """One file with a signature for each of `CONVERTED`, for one image.

    With any number of images the interpreter refuses the transposed
    convolutions ("number of elements overflowed").
    """
    with tempfile.TemporaryDirectory() as temporary:
        _save(model, temporary, concrete_functions(model, 1, CONVERTED))
        converter = tf.lite.TFLiteConverter.from_saved_model(
            temporary, signature_keys=list(CONVERTED)
        )
        with quiet_stderr():
            converted = converter.convert()
    (pathlib.Path(folder) / "exprgan.tflite").write_bytes(converted)


def write_onnx(model, folder):
    """One file for each of `CONVERTED`, for any number of images.

    Raises:
        UserError: when tf2onnx is not installed.
    """
    try:
        import tf2onnx
    except ImportError as error:
        raise UserError(
            f"--format=onnx: {error}; pip install 'exprgan_tf[export]'"
        ) from None
    functions, specs = plain_functions(model), input_specs(model.config)
    for name in CONVERTED:
        tf2onnx.convert.from_function(
            tf.function(functions[name]), specs[name], opset=ONNX_OPSET,
            output_path=str(pathlib.Path(folder) / f"{name}.onnx"),
        )


def _save(model, folder, functions):
    """Keras's own export archive would store every variable twice.

    Raises:
        OSError: when something cannot be written, such as on a full disk.
    """
    module = tf.Module()
    module.weights = [
        variable.value for network in
        (model.encoder, model.decoder, model.image_discriminator)
        for variable in network.variables
    ]
    try:
        tf.saved_model.save(module, str(folder), functions)
    except tf.errors.OpError as error:
        # In front of it stands which operation failed.
        reason = error.message.split("}} ")[-1]
        raise OSError(" ".join(reason.split())) from None


WRITERS = {
    "saved_model": write_saved_model,
    "tflite": write_tflite,
    "onnx": write_onnx,
}
