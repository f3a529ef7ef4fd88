"""The README of an exported folder."""

import json

from exprgan_tf.exporting.names import BYTES

_USE = {
    "saved_model": """\
    import tensorflow as tf
    model = tf.saved_model.load(FOLDER)
    edited = model.signatures["edit"](image=images, {arguments})["face"]

Every signature has a second form, `{bytes}`, with encoded pictures in place
of images: `image_bytes` and `other_bytes` are strings `[n]`, each a JPEG,
PNG, BMP or GIF file of any size, whose middle square is taken; `face_bytes`
are PNG files. Without a name the signature is `edit`.

TensorFlow Serving:

    docker run -p 8501:8501 -v "$PWD/FOLDER:/models/exprgan/1" \\
        -e MODEL_NAME=exprgan tensorflow/serving

    curl localhost:8501/v1/models/exprgan:predict -d '{{"signature_name": \
"edit_bytes", "instances": [{{"image_bytes": {{"b64": "..."}}, \
{asked}}}]}}'

answers `{{"predictions": [{{"b64": "..."}}]}}`.
""",
    "tflite": """\
`exprgan.tflite` has a signature for each row, for one image a call (n is 1):

    from ai_edge_litert.interpreter import Interpreter
    edit = Interpreter("exprgan.tflite").get_signature_runner("edit")
    edited = edit(image=image, {arguments})["face"]
""",
    "onnx": """\
Each row is a file of that name; the files do not share their weights.

    import onnxruntime
    edit = onnxruntime.InferenceSession("edit.onnx")
    edited = edit.run(["face"], {{"image": images, {feed}}})[0]
""",
}


def describe(signatures, format):
    """The text, for `Signatures` and a format."""
    config, asked = signatures.config, signatures.asked
    size, classes = config.image_size, ", ".join(config.classes)
    stretched = (
        ", after each image was stretched from black to white"
        if config.pixel_normalization == "min_max" else ""
    )
    rows = []
    specs = signatures.specs()
    for name in (
        signatures.plain if format == "saved_model" else signatures.converted
    ):
        inputs = ", ".join(
            f"`{spec.name}` {spec.dtype.name} {spec.shape.as_list()}"
            for spec in specs[name]
        ).replace("None", "n")
        outputs = ", ".join(f"`{each}`" for each in signatures.outputs[name])
        rows.append(f"| `{name}` | {inputs} | {outputs} |")
    use = _USE[format].format(
        bytes="NAME" + BYTES,
        arguments=", ".join(f"{name}={name}" for name in asked),
        feed=", ".join(f'"{name}": {name}' for name in asked),
        asked=json.dumps(asked)[1:-1],
    )
    return f"""\
# ExprGAN, exported

Expressions, in order: {classes}.

- `image`, `other`, `face`: float32 `[n, {size}, {size}, 3]`, RGB, in [-1, 1] \
(a byte v is v / 127.5 - 1{stretched}), upright and cropped as the training \
faces.
{signatures.meaning}
| signature | inputs | outputs |
|---|---|---|
{chr(10).join(rows)}

{use}"""
