"""What an exported model offers: functions with named inputs and outputs.

Every input and every output has the images of a batch along its first axis.
`NAME_bytes` does what `NAME` does, with encoded pictures instead of arrays.
"""

import tensorflow as tf
from keras import ops

from exprgan_tf.exporting.pictures import decode_pictures, encode_pictures

PLAIN = ("edit", "encode", "decode", "transfer", "generate")
DEFAULT = "edit"
# The names of images; with this ending they are encoded pictures. TensorFlow
# Serving, too, tells by it which outputs are to be written as base64.
IMAGES = ("image", "other", "face")
BYTES = "_bytes"
# What the numbers of an input may be.
RANGES = {
    "image": (-1, 1), "other": (-1, 1), "identity": (-1, 1), "code": (-1, 1),
    "scores": (0, 1), "label": (0, 1), "intensity": (0, 1),
}


def input_specs(config, batch=None):
    """The inputs of each signature, a dict of lists of `tf.TensorSpec`.

    Args:
        config: the model's `Config`.
        batch: a fixed number of images; None for any.
    """
    def spec(name, *shape, dtype="float32"):
        return tf.TensorSpec((batch, *shape), dtype, name)

    size, classes = config.image_size, config.num_classes
    image, other = (spec(name, size, size, 3) for name in ("image", "other"))
    scores, intensity = spec("scores", classes), spec("intensity")
    plain = {
        "edit": [image, scores, intensity],
        "encode": [image],
        "decode": [
            spec("identity", config.identity_size),
            spec("code", config.code_length),
        ],
        "transfer": [image, other, spec("label", classes)],
        "generate": [scores, intensity, spec("seed", dtype="int32")],
    }
    encoded = {
        name + BYTES: [
            spec(given.name + BYTES, dtype="string")
            if given.name in IMAGES else given for given in inputs
        ] for name, inputs in plain.items()
    }
    return {**plain, **encoded}


def concrete_functions(model, batch=None, names=None):
    """A concrete function for each signature.

    Args:
        model: an `ExprGAN` that encodes.
        batch: a fixed number of images; None for any.
        names: which; None for all.
    """
    functions = plain_functions(model)
    made = {}
    for name, specs in input_specs(model.config, batch).items():
        if names is None or name in names:
            function = functions[name.removesuffix(BYTES)]
            if name.endswith(BYTES):
                function = _with_pictures(function, model.config)
            made[name] = tf.function(
                _named(function, specs), input_signature=specs
            ).get_concrete_function()
    return made


def plain_functions(model):
    """The signatures on arrays: from keyword arguments to a dict."""
    encoder, decoder = model.encoder, model.decoder
    config = model.config

    def blocks(scores, intensity):
        if not model.knows_expressions:
            return ops.zeros((ops.shape(scores)[0], config.code_length))
        strength = ops.clip(scores, 0.0, 1.0) * intensity[:, None]
        return ops.repeat(2.0 * strength - 1.0, config.code_size, axis=1)

    def edit(image, scores, intensity):
        return {"face": decoder([encoder(image), blocks(scores, intensity)])}

    def encode(image):
        return {"identity": encoder(image)}

    def decode(identity, code):
        return {"face": decoder([identity, code])}

    def transfer(image, other, label):
        code = model.image_discriminator([other, label], training=False)[1]
        return {"face": decoder([encoder(image), ops.clip(code, -1.0, 1.0)])}

    def generate(scores, intensity, seed):
        identity = tf.map_fn(
            lambda one: tf.random.stateless_uniform(
                (config.identity_size,), tf.stack([one, 0]), -1.0, 1.0
            ),
            seed, fn_output_signature="float32",
        )
        identity = tf.ensure_shape(identity, (None, config.identity_size))
        return {"face": decoder([identity, blocks(scores, intensity)])}

    return {"edit": edit, "encode": encode, "decode": decode,
            "transfer": transfer, "generate": generate}


def _named(function, specs):
    """A function of the specs in order, as `tf.function` wants it."""
    names = [spec.name for spec in specs]
    return lambda *values: function(**dict(zip(names, values, strict=True)))


def _with_pictures(function, config):
    """The function with encoded pictures for images, in and out."""
    def on_pictures(**inputs):
        outputs = function(**{
            name.removesuffix(BYTES): decode_pictures(value, config)
            if name.endswith(BYTES) else value
            for name, value in inputs.items()
        })
        return {
            name + BYTES if name in IMAGES else name:
            encode_pictures(value) if name in IMAGES else value
            for name, value in outputs.items()
        }

    return on_pictures
