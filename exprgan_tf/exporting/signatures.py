"""What an exported model offers: functions with named inputs and outputs.

Every input and every output has the images of a batch along its first axis.
`NAME_bytes` does what `NAME` does, with encoded pictures instead of arrays.
"""

import dataclasses

import tensorflow as tf

from exprgan_tf.exporting.names import BYTES, IMAGES
from exprgan_tf.exporting.pictures import decode_pictures, encode_pictures

DEFAULT = "edit"


@dataclasses.dataclass(frozen=True)
class Signatures:
    """The signatures of one model, on arrays and on encoded pictures.

    Args:
        config: the model's `Config`.
        functions: from each name to a function of keyword arguments that
            gives a dict of outputs.
        inputs: for each name a dict from its inputs to their shapes behind
            the first axis, and their dtypes.
        outputs: for each name the names of its outputs.
        with_pictures: of these, those that the form for encoded pictures
            has, too.
        converted: the names that ONNX and TFLite are given.
        weights: the Keras variables that the functions read.
        asked: what `edit` is given beside an image, as JSON.
        meaning: what inputs and outputs are, a list in Markdown.
    """

    config: object
    functions: dict
    inputs: dict
    outputs: dict
    with_pictures: tuple
    converted: tuple
    weights: list
    asked: dict
    meaning: str

    @property
    def plain(self):
        """The names of those on arrays."""
        return tuple(self.functions)

    def specs(self, batch=None):
        """The inputs of each, a dict of lists of `tf.TensorSpec`.

        Args:
            batch: a fixed number of images; None for any.
        """
        plain = {
            name: [
                tf.TensorSpec((batch, *shape), dtype, given)
                for given, (shape, dtype) in inputs.items()
            ] for name, inputs in self.inputs.items()
        }
        encoded = {
            name + BYTES: [
                tf.TensorSpec((batch,), "string", spec.name + BYTES)
                if spec.name in IMAGES else spec for spec in specs
            ] for name, specs in plain.items()
        }
        return {**plain, **encoded}

    def concrete_functions(self, batch=None, names=None):
        """A concrete function for each.

        Args:
            batch: a fixed number of images; None for any.
            names: which; None for all.
        """
        made = {}
        for name, specs in self.specs(batch).items():
            if names is None or name in names:
                function = self.functions[name.removesuffix(BYTES)]
                if name.endswith(BYTES):
                    function = self._of_pictures(function)
                made[name] = tf.function(
                    _named(function, specs), input_signature=specs
                ).get_concrete_function()
        return made

    def _of_pictures(self, function):
        """The function with encoded pictures for images, in and out."""
        def of_pictures(**inputs):
            outputs = function(**{
                name.removesuffix(BYTES): decode_pictures(value, self.config)
                if name.endswith(BYTES) else value
                for name, value in inputs.items()
            })
            return {
                name + BYTES if name in IMAGES else name:
                encode_pictures(value) if name in IMAGES else value
                for name, value in outputs.items()
                if name in self.with_pictures
            }

        return of_pictures


def _named(function, specs):
    """A function of the specs in order, as `tf.function` wants it."""
    names = [spec.name for spec in specs]
    return lambda *values: function(**dict(zip(names, values, strict=True)))
