"""The signatures of an `ExprGAN`."""

import tensorflow as tf
from keras import ops

from exprgan_tf.exporting.signatures import Signatures

# Drawing the identity of a new face from a seed is an operation that neither
# ONNX nor TFLite has; `decode` takes one that was drawn.
_CONVERTED = ("edit", "encode", "decode", "transfer")
_MEANING = """\
- `scores`: one number in [0, 1] for each expression: one-hot for one \
expression, several for a mixture, zeros for a neutral face; `intensity`: a \
number in [0, 1], which they are multiplied by.
- `identity`, `code`: in [-1, 1], who it is and the expression code.
- `label`: one-hot, the expression that `other` shows, which `transfer` \
gives to `image`.
- `seed`: any integer; the same seed is the same new person.
"""


def painting_signatures(model):
    """Edits, codes, transfer and new faces, as the decoder paints them.

    Args:
        model: an `ExprGAN` that encodes.
    """
    config = model.config
    functions = _functions(model)

    def number(*shape, dtype="float32"):
        return shape, dtype

    image = number(config.image_size, config.image_size, 3)
    scores = number(config.num_classes)
    one_hot = [int(index == 0) for index in range(config.num_classes)]
    return Signatures(
        config, functions,
        {
            "edit": {"image": image, "scores": scores, "intensity": number()},
            "encode": {"image": image},
            "decode": {
                "identity": number(config.identity_size),
                "code": number(config.code_length),
            },
            "transfer": {"image": image, "other": image, "label": scores},
            "generate": {
                "scores": scores, "intensity": number(),
                "seed": number(dtype="int32"),
            },
        },
        {name: ("identity" if name == "encode" else "face",)
         for name in functions},
        ("face", "identity"), _CONVERTED,
        [
            variable for network in
            (model.encoder, model.decoder, model.image_discriminator)
            for variable in network.variables
        ],
        {"scores": one_hot, "intensity": 0.8}, _MEANING,
    )


def _functions(model):
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
            lambda one: _person(model, tf.stack([one, 0])), seed,
            fn_output_signature="float32",
        )
        identity = tf.ensure_shape(identity, (None, config.identity_size))
        return {"face": decoder([identity, blocks(scores, intensity)])}

    return {"edit": edit, "encode": encode, "decode": decode,
            "transfer": transfer, "generate": generate}


def _person(model, seed):
    """As `new_faces.draw_person`, with other draws: `[z]`."""
    known = model.identities
    if known is None:
        return tf.random.stateless_uniform(
            (model.config.identity_size,), seed, -1.0, 1.0
        )
    draws = tf.random.stateless_normal((1, len(known.directions)), seed)
    return tf.tanh(known.mean + (draws @ known.directions)[0])
