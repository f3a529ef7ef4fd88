"""The files of each format; each function fills a folder that is empty."""

import pathlib
import tempfile

import tensorflow as tf

from exprgan_tf.errors import UserError
from exprgan_tf.exporting.signatures import DEFAULT
from exprgan_tf.support.quiet import quiet_stderr

ONNX_OPSET = 18


def write_saved_model(signatures, folder):
    """The networks behind all `Signatures`, each variable once."""
    functions = signatures.concrete_functions()
    default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    _save(signatures, folder, {**functions, default: functions[DEFAULT]})


def write_tflite(signatures, folder):
    """One file with each signature that is converted, for one image.

    With any number of images the interpreter refuses the transposed
    convolutions ("number of elements overflowed").
    """
    with tempfile.TemporaryDirectory() as temporary:
        names = signatures.converted
        _save(
            signatures, temporary, signatures.concrete_functions(1, names)
        )
        converter = tf.lite.TFLiteConverter.from_saved_model(
            temporary, signature_keys=list(names)
        )
        with quiet_stderr():
            converted = converter.convert()
    (pathlib.Path(folder) / "exprgan.tflite").write_bytes(converted)


def write_onnx(signatures, folder):
    """One file for each that is converted, for any number of images.

    Raises:
        UserError: when tf2onnx is not installed.
    """
    try:
        import tf2onnx
    except ImportError as error:
        raise UserError(
            f"--format=onnx: {error}; pip install 'exprgan_tf[export]'"
        ) from None
    specs = signatures.specs()
    for name in signatures.converted:
        tf2onnx.convert.from_function(
            tf.function(signatures.functions[name]), specs[name],
            opset=ONNX_OPSET,
            output_path=str(pathlib.Path(folder) / f"{name}.onnx"),
        )


def _save(signatures, folder, functions):
    """Keras's own export archive would store every variable twice.

    Raises:
        OSError: when something cannot be written, such as on a full disk.
    """
    module = tf.Module()
    module.weights = [variable.value for variable in signatures.weights]
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
