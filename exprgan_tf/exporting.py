"""A model as a TensorFlow SavedModel: what the command `export` writes."""

import pathlib
import shutil

import tensorflow as tf
from keras import ops

from exprgan_tf.errors import UserError

SIGNATURES = ("edit", "encode", "decode", "transfer", "generate")


def export(model, output, overwrite=False):
    """Writes a SavedModel with named signatures, and its README.

    The folder appears only when it is whole. It needs TensorFlow to be
    used, not this project.

    Args:
        model: an `ExprGAN`.
        output: folder to make.
        overwrite: whether to replace it.

    Returns:
        The number of bytes written.

    Raises:
        UserError: when the folder exists or cannot be written, or the model
            cannot edit.
    """
    output = pathlib.Path(output)
    if output.exists() and not overwrite:
        raise UserError(f"--output={output} exists; give --overwrite=true")
    if not model.encodes:
        raise UserError("--model: a cgan edits no faces; nothing to export")
    partial = output.with_name(f".{output.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        _write(model, partial)
        (partial / "README.md").write_text(describe(model.config), "utf-8")
        if output.exists():
            shutil.rmtree(output)
        partial.rename(output)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return sum(
        path.stat().st_size for path in output.rglob("*") if path.is_file()
    )


def _write(model, folder):
    """The networks behind the signatures, each variable once.

    Keras's own export archive stores every variable twice.
    """
    encoder, decoder = model.encoder, model.decoder
    discriminator = model.image_discriminator
    config = model.config
    module = tf.Module()
    module.weights = [
        variable.value for network in (encoder, decoder, discriminator)
        for variable in network.variables
    ]

    def blocks(scores, intensity):
        strength = ops.clip(scores, 0.0, 1.0) * intensity[:, None]
        return ops.repeat(2.0 * strength - 1.0, config.code_size, axis=1)

    def edit(image, scores, intensity):
        return {"image": decoder([encoder(image), blocks(scores, intensity)])}

    def encode(image):
        return {"identity": encoder(image)}

    def decode(identity, code):
        return {"image": decoder([identity, code])}

    def transfer(image, other, label):
        code = discriminator([other, label], training=False)[1]
        return {"image": decoder([encoder(image), ops.clip(code, -1.0, 1.0)])}

    def generate(scores, intensity, seed):
        shape = (tf.shape(scores)[0], config.identity_size)
        identity = tf.random.stateless_uniform(
            shape, tf.stack([seed, 0]), -1.0, 1.0
        )
        return {"image": decoder([identity, blocks(scores, intensity)])}

    functions = {
        "edit": edit, "encode": encode, "decode": decode,
        "transfer": transfer, "generate": generate,
    }
    signatures = {}
    for name, inputs in _inputs(config).items():
        specs = [
            tf.TensorSpec(shape, dtype, input_name)
            for input_name, shape, dtype in inputs
        ]
        signatures[name] = tf.function(
            functions[name], input_signature=specs
        ).get_concrete_function()
    tf.saved_model.save(module, str(folder), signatures)


def _inputs(config):
    """Names, shapes and types of the inputs of each signature."""
    image = (None, config.image_size, config.image_size, 3)
    scores = ("scores", (None, config.num_classes), "float32")
    intensity = ("intensity", (None,), "float32")
    return {
        "edit": [("image", image, "float32"), scores, intensity],
        "encode": [("image", image, "float32")],
        "decode": [
            ("identity", (None, config.identity_size), "float32"),
            ("code", (None, config.code_length), "float32"),
        ],
        "transfer": [
            ("image", image, "float32"), ("other", image, "float32"),
            ("label", (None, config.num_classes), "float32"),
        ],
        "generate": [scores, intensity, ("seed", (), "int32")],
    }


def describe(config):
    """The README of an exported folder."""
    size, classes = config.image_size, ", ".join(config.classes)
    lines = [
        "# ExprGAN as a TensorFlow SavedModel",
        "",
        f"Expressions, in order: {classes}.",
        f"Images are float32 `[n, {size}, {size}, 3]`, RGB, in [-1, 1] (a "
        "byte v is v / 127.5 - 1), upright and cropped as the training faces.",
        "`scores` has one number in [0, 1] for each expression: one-hot for "
        "one expression, several for a mixture, zeros for a neutral face. "
        "`intensity` is a number in [0, 1] for each image.",
        "",
        "| signature | inputs | output |",
        "|---|---|---|",
    ]
    outputs = dict.fromkeys(SIGNATURES, "`image`")
    outputs["encode"] = "`identity`, in [-1, 1]"
    for name, inputs in _inputs(config).items():
        described = ", ".join(
            f"`{key}` {dtype} {list(shape)}" for key, shape, dtype in inputs
        ).replace("None", "n")
        lines.append(f"| `{name}` | {described} | {outputs[name]} |")
    return "\n".join([
        *lines, "",
        "    import tensorflow as tf",
        "    model = tf.saved_model.load(FOLDER)",
        '    edited = model.signatures["edit"](image=images, scores=scores,',
        '                                      intensity=intensity)["image"]',
        "",
        "TensorFlow Serving: put the folder in `MODELS/exprgan/1` and run",
        "`tensorflow_model_server --rest_api_port=8501 "
        "--model_name=exprgan --model_base_path=MODELS/exprgan`.",
        "",
    ])
