"""What is served: the signatures of an exported model."""

import pathlib
import re
import tempfile

import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from tensorflow.core.protobuf import saved_model_pb2

from exprgan_tf.errors import UserError
from exprgan_tf.exporting.folder import export
from exprgan_tf.exporting.models import load_model
from exprgan_tf.serving.errors import RequestError
from exprgan_tf.serving.tensors import Input


class Servable:
    """A SavedModel in memory.

    Attributes:
        inputs: for each signature a dict from input names to an `Input`;
            their first axis counts images.
        metadata: the signatures as TensorFlow Serving describes them.

    Args:
        folder: a SavedModel.

    Raises:
        UserError: when it cannot be read, or an input is not for any number
            of images.
    """

    def __init__(self, folder):
        try:
            loaded = tf.saved_model.load(str(folder))
            self.metadata = _signature_defs(folder)
            functions = dict(loaded.signatures)
            self.inputs = {
                name: {
                    key: _input(spec) for key, spec in
                    function.structured_input_signature[1].items()
                } for name, function in functions.items()
            }
        # TensorFlow raises many things on broken files.
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"{folder} is not a SavedModel that can be read "
                f"({type(error).__name__}: {reason}): export it again"
            ) from None
        # The functions do not keep their variables.
        self._loaded = loaded
        self._functions = functions
        for name, specs in self.inputs.items():
            for key, spec in specs.items():
                sizes = spec.shape
                if not sizes or sizes[0] is not None or None in sizes[1:]:
                    raise UserError(
                        f"{folder}: input {key} of signature {name} must be "
                        f"[n, ...] of known sizes, not {sizes}; export the "
                        "model again"
                    )

    @property
    def face_size(self):
        """Side of the images; None for a model with other signatures."""
        for specs in self.inputs.values():
            if "image" in specs and len(specs["image"].shape) == 4:
                return specs["image"].shape[1]
        return None

    @classmethod
    def load(cls, path):
        """That of a SavedModel, run folder or model file.

        A model is exported first, so that it is served as TensorFlow
        Serving would serve it.

        Raises:
            UserError: when there is none, or it cannot be read.
        """
        if path and (pathlib.Path(path) / "saved_model.pb").exists():
            return cls(path)
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary) / "exported"
            export(load_model(path), folder)
            return cls(folder)

    def run(self, signature, inputs):
        """A dict of output arrays, of a dict of input arrays.

        Raises:
            RequestError: when the model refuses what the inputs hold.
        """
        specs = self.inputs[signature]
        try:
            outputs = self._functions[signature](**{
                name: tf.constant(value, specs[name].kind)
                for name, value in inputs.items()
            })
        except tf.errors.InvalidArgumentError as error:
            raise RequestError(
                400, f"the model refuses an input: {_reason(error.message)}"
            ) from None
        return {name: value.numpy() for name, value in outputs.items()}


def _input(spec):
    """The `Input` of a `tf.TensorSpec`."""
    return Input(
        spec.dtype.name, spec.dtype.as_numpy_dtype,
        None if spec.shape.rank is None else tuple(spec.shape.as_list()),
    )


def _reason(message):
    """The line of TensorFlow's message that is about the input."""
    lines = re.sub(r"{{.*?}}\s*", "", message).splitlines()
    return next((
        line.strip()[:200] for line in lines if line.strip()
        and not line.startswith(("Graph execution error", "Detected at node"))
    ), "it cannot be computed")


def _signature_defs(folder):
    """`SignatureDef`s by name, as protobuf writes them in JSON."""
    content = (pathlib.Path(folder) / "saved_model.pb").read_bytes()
    saved = saved_model_pb2.SavedModel.FromString(content)
    return {
        name: MessageToDict(
            definition, preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        for name, definition in saved.meta_graphs[0].signature_def.items()
    }
