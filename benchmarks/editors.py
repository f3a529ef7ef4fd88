"""What the resident processes hold for edits and new faces.

Weights are random: what an edit costs does not depend on them.
"""

import itertools
import pathlib
import shutil
import tempfile

import numpy as np


def project_editor(config, batches):
    """The user's functions of a model.

    Args:
        config: a `Config`.
        batches: numbers of faces.

    Returns:
        For each number n "decode n", "encode n", "edit none n" and
        "edit identity n"; "compiled decode n", the decoder as one
        `tf.function`, which is the least that a decode can cost; "edit
        full 1".
    """
    tf, model = _model(config)
    compiled = tf.function(
        lambda identity, code: model.decoder([identity, code])
    )
    actions = {}
    for count in batches:
        images, identity, code = _inputs(config, count)
        tensors = tf.constant(identity), tf.constant(code)
        actions |= {
            f"decode {count}": _bound(model.decode, identity, code),
            f"compiled decode {count}": _bound(compiled, *tensors),
            f"encode {count}": _bound(model.encode, images),
            f"edit none {count}": _bound(
                model.edit, images, "happy", 0.7, "none"
            ),
            f"edit identity {count}": _bound(
                model.edit, images, "happy", 0.7, "identity"
            ),
        }
    actions["edit full 1"] = _bound(
        model.edit, _inputs(config, 1)[0], "happy", 0.7, "full"
    )
    return actions


def saved_model(config, path):
    """"save", which writes a model to a file, and a face beside it."""
    tf, model = _model(config)

    def save():
        model.save(path)
        size = config.image_size
        face = np.random.default_rng(0).integers(0, 255, (size, size, 3))
        tf.io.write_file(
            str(pathlib.Path(path).with_name("face.png")),
            tf.io.encode_png(tf.cast(face, tf.uint8)),
        )

    return {"save": save}


def torch_editor(config, batches):
    """"decode n" and "encode n" of the PyTorch twin's networks, and
    "compiled decode 1" and "compiled encode 1" where there is a compiler."""
    import torch

    from benchmarks.torch_twin import Decoder, Encoder

    torch.manual_seed(config.seed)
    networks = {
        name: kind(config).to(memory_format=torch.channels_last).eval()
        for name, kind in (("decode", Decoder), ("encode", Encoder))
    }
    actions = {}
    for count in batches:
        images, *codes = _inputs(config, count)
        inputs = {
            "decode": [torch.from_numpy(array) for array in codes],
            "encode": [torch.from_numpy(images).permute(0, 3, 1, 2)],
        }
        for name, network in networks.items():
            actions[f"{name} {count}"] = _bound(
                torch.inference_mode()(network), *inputs[name]
            )
            if count == 1 and shutil.which("c++"):
                actions[f"compiled {name} 1"] = _bound(
                    torch.inference_mode()(torch.compile(network)),
                    *inputs[name],
                )
    return actions


def face_maker(config, people, count):
    """New faces, in memory and as files.

    Args:
        config: a `Config`.
        people: how many `generate` makes; the least it can cost is a decode
            of as many codes.
        count: how many pictures are written.

    Returns:
        "decode", "generate", "pictures" and "records".
    """
    from exprgan_tf.editing import new_faces

    _, model = _model(config)
    _, identity, code = _inputs(config, people * config.num_classes)

    def written(write):
        folder = pathlib.Path(tempfile.mkdtemp())
        try:
            write(model, count, folder / "faces")
        finally:
            shutil.rmtree(folder)

    return {
        "decode": lambda: model.decode(identity, code, len(code)),
        "generate": lambda: new_faces.generate(model, 0, people, 1),
        "pictures": lambda: written(new_faces.write_pictures),
        "records": lambda: written(new_faces.write_records),
    }


def mover():
    """A photograph whose face moves, and the decoder's edit of it.

    Returns:
        "fit", "motion", "one more picture" and "the decoder's edit".
    """
    from exprgan_tf import ExprGAN, fitting
    from exprgan_tf.animation.animator import Animator
    from exprgan_tf.editing.decoded import DecodedFace
    from exprgan_tf.faces.detector import find_landmarks
    from exprgan_tf.faces.photographs import face_at

    picture = _photograph()
    model, animator = ExprGAN.load(), Animator.load()
    landmarks = find_landmarks(picture)[0]
    fitted = animator.fit(picture, landmarks)
    face = face_at(picture, landmarks, model.config)
    decoded = DecodedFace(
        model, fitting.fit(model, face.image[None]), 0, face.image
    )
    return {
        "fit": lambda: animator.fit(picture, landmarks),
        "motion": lambda: fitted.motion("surprise", 0.7),
        "one more picture":
            lambda: fitted.motion("surprise", 0.7).apply(picture),
        "the decoder's edit":
            lambda: decoded.changes([[("surprise", 0.7)]])[0].apply(
                picture, face.transform
            ),
    }


def whole_edits(sides):
    """Six edits of a photograph, from its pixels on.

    Args:
        sides: the photograph's, pixels.

    Returns:
        For each side a function of that key.
    """
    from PIL import Image

    from exprgan_tf.animation.animator import Animator
    from exprgan_tf.animation.recipes import EXPRESSIONS
    from exprgan_tf.faces.detector import find_landmarks
    from exprgan_tf.pictures.example import example_photograph
    from exprgan_tf.pictures.files import read_image

    animator = Animator.load()
    example = Image.fromarray(read_image(example_photograph()))

    def edit(picture):
        fitted = animator.fit(picture, find_landmarks(picture)[0])
        for name in EXPRESSIONS:
            fitted.motion(name, 1.0).apply(picture)

    return {
        side: _bound(edit, np.asarray(example.resize((side, side))))
        for side in sides
    }


def page():
    """What the page answers, by what moves the photograph.

    Its slider goes from 0 to 100 % of one expression after another.

    Returns:
        For "animate" and "motion" each "METHOD, from an upload to its first
        edit", "METHOD, slider: the face" and "METHOD, slider: the whole
        photograph".
    """
    from exprgan_tf import ExprGAN
    from exprgan_tf.motion_model import MotionModel
    from exprgan_tf.page.studio import JPEG_QUALITY, Studio
    from exprgan_tf.pictures.files import encode_picture

    model = ExprGAN.load()
    upload = encode_picture(_photograph(), "jpeg", quality=JPEG_QUALITY)
    wishes = [
        [(name, percent / 100)] for name in model.config.classes
        for percent in range(101)
    ]

    def answers(method, network):
        studio = Studio(model, None, method=method, motion=network)

        def sit():
            return studio.fit(studio.find(upload)[0])

        def edited(sitter, wish, whole):
            return encode_picture(
                studio.edit(sitter, wish, whole), "jpeg",
                quality=JPEG_QUALITY,
            )

        def slider(whole):
            sitter, turns = sit(), itertools.cycle(wishes)
            return lambda: edited(sitter, next(turns), whole)

        return {
            f"{method}, from an upload to its first edit":
                lambda: edited(sit(), wishes[-1], True),
            f"{method}, slider: the face": slider(False),
            f"{method}, slider: the whole photograph": slider(True),
        }

    return answers("animate", None) | answers("motion", MotionModel.load())


def _photograph():
    """The example, enlarged until its aligned face has 256 pixels."""
    from PIL import Image

    from exprgan_tf.faces.alignment import similarity
    from exprgan_tf.faces.detector import find_landmarks
    from exprgan_tf.pictures.example import example_photograph
    from exprgan_tf.pictures.files import read_image

    picture = read_image(example_photograph())
    side = 1.0 / np.hypot(*similarity(find_landmarks(picture)[0], 1)[:, 0])
    longest = round(max(picture.shape) * 256 / side)
    return np.asarray(Image.fromarray(picture).resize((longest, longest)))


def _model(config):
    from exprgan_tf.support.quiet import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    from exprgan_tf.model import ExprGAN

    tf.keras.utils.set_random_seed(config.seed)
    return tf, ExprGAN(config)


def _inputs(config, count):
    """Images, identity codes and expression codes."""
    generator = np.random.default_rng(0)
    size = config.image_size
    return tuple(
        generator.uniform(-1, 1, shape).astype("float32") for shape in (
            (count, size, size, 3), (count, config.identity_size),
            (count, config.code_length),
        )
    )


def _bound(function, *arguments):
    return lambda: function(*arguments)
