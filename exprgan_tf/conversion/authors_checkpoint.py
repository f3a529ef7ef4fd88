"""The authors' TensorFlow 1 checkpoints as models of this project.

Their variables are called `E_conv0/w`, `G_deconv3/w`, `D_z_bn1/beta`,
`D_img_q_cat4/b` and so on; the prefix names the network. Every width is read
from the shapes, so a checkpoint of any configuration of their code loads.
"""

import math
import pathlib
import re

import tensorflow as tf
from keras import ops

from exprgan_tf import config as config_module
from exprgan_tf.errors import UserError
from exprgan_tf.model import ExprGAN

# Label order of split/oulu_anno.pickle, in this project's words.
OULU_CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise")

NETWORKS = {
    "E_": "encoder",
    "G_": "decoder",
    "D_z_": "latent_discriminator",
    "D_img_": "image_discriminator",
}
_LEAVES = {
    "w": "kernel", "b": "bias", "beta": "beta",
    "moving_mean": "moving_mean", "moving_variance": "moving_variance",
}


def read_checkpoint(prefix):
    """The variables of a checkpoint.

    Args:
        prefix: the common part of its file names, such as
            `checkpoint/model-27`, one of those files, or a folder with one
            checkpoint in it.

    Returns:
        A dict from the authors' name to an array.

    Raises:
        UserError: when it is missing, cut off or no checkpoint.
    """
    prefix = _checkpoint_prefix(pathlib.Path(prefix))
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        return {
            name: reader.get_tensor(name)
            for name in sorted(reader.get_variable_to_shape_map())
        }
    # The reader raises all of these on files that are cut off.
    except (
        tf.errors.OpError, LookupError, ValueError, RuntimeError
    ) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"--checkpoint={prefix} cannot be read: {reason}"
        ) from None


def import_checkpoint(variables, classes=None):
    """A model with the weights of a checkpoint.

    A checkpoint of the authors' controller has no encoder and no D_z; they
    start fresh then, as in their code, with the published widths.

    Args:
        variables: as `read_checkpoint` returns them.
        classes: names of the expressions in label order; None: Oulu-CASIA's.

    Returns:
        `(model, mapping)`: an `ExprGAN`, and a list of pairs, the authors'
        name and the path of the variable that took its value.

    Raises:
        UserError: naming the first variable that has no counterpart, that
            is missing or whose shape does not fit.
    """
    model = ExprGAN(config_of(variables, classes))
    targets = authors_names(model)
    absent = {
        prefix for prefix in NETWORKS
        if not any(name.startswith(prefix) for name in variables)
    }
    if absent & {"G_", "D_img_"}:
        raise UserError("the checkpoint holds no decoder or no D_img")
    mapping = []
    for name, value in variables.items():
        target = targets.pop(name, None)
        if target is None:
            raise UserError(
                f"variable {name} of the checkpoint has no counterpart; it "
                "is not a checkpoint of the authors' code, or a changed one"
            )
        if tuple(target.shape) != value.shape:
            raise UserError(
                f"variable {name} of the checkpoint has the shape "
                f"{list(value.shape)}, the other variables call for "
                f"{list(target.shape)}"
            )
        target.assign(value)
        mapping.append((name, f"{NETWORKS[_prefix(name)]}/{target.path}"))
    missing = sorted(
        name for name in targets if _prefix(name) not in absent
    )
    if missing:
        raise UserError(f"the checkpoint lacks the variable {missing[0]}")
    return model, mapping


def notes(model, mapping):
    """Lines that a user of an imported model should read."""
    lines = []
    if not any(name.startswith("E_") for name, _ in mapping):
        lines.append(
            "note: a checkpoint of the controller alone; the encoder and D_z "
            "start fresh: train --stage=2 --init_from with it before editing"
        )
    never_updated = all(
        bool(ops.all(variable == float(variable.name == "moving_variance")))
        for name, variable in authors_names(model).items()
        if name.endswith(("/moving_mean", "/moving_variance"))
    )
    state = "0 and 1 everywhere" if never_updated else "other than 0 and 1"
    lines.append(
        "note: the authors' code never updates the moving statistics of batch "
        f"normalization; here they are {state}. Encoder and decoder have "
        "none; Q and the discriminators need --calibrate=DATA_DIR to give at "
        "inference what they gave in training"
    )
    return lines


def authors_names(model):
    """The authors' name of each variable of a model.

    Returns:
        A dict from name to Keras variable.
    """
    names = {}
    for prefix, network in NETWORKS.items():
        for layer in getattr(model, network).layers:
            layer_name = layer.name
            if network == "encoder" and layer_name == "identity":
                layer_name = "fc"
            if not model.config.q_units:
                layer_name = layer_name.replace("q_cat", "q")
            for leaf, attribute in _LEAVES.items():
                variable = getattr(layer, attribute, None)
                if variable is not None:
                    names[f"{prefix}{layer_name}/{leaf}"] = variable
    return names


def config_of(variables, classes=None):
    """The configuration under which the authors' code makes such variables.

    Args:
        variables: a dict from the authors' name to an array (its shape is
            all that counts).
        classes: as for `import_checkpoint`.

    Raises:
        UserError: when a variable that tells a size is missing, or sizes
            contradict each other.
    """
    discriminator = _outputs(variables, "D_img_conv{}/w")
    decoder = _outputs(variables, "G_deconv{}/w")
    num_classes = _shape(variables, "D_img_conv0/w")[2] - 3
    branches = len(_outputs(variables, "D_img_q_cat{}/w"))
    hidden_layers = branches > 0
    last = "D_img_q_cat0/w" if hidden_layers else "D_img_q0/w"
    code_size = _shape(variables, last)[1]
    classes = _class_names(classes, num_classes)

    pixels = _shape(variables, "D_img_fc1/w")[0] / (
        discriminator[-1] + num_classes
    )
    first = _shape(variables, "G_deconv0/w")[2] - num_classes * code_size
    inputs, start_units = _shape(variables, "G_fc/w")
    identity_size = _identity_size(
        variables, inputs, num_classes, num_classes * code_size
    )
    changes = {
        "classes": classes,
        "image_size": math.isqrt(int(pixels)) << len(discriminator),
        "identity_size": identity_size,
        "code_size": code_size,
        "code_repeats":
            (inputs - identity_size) // (num_classes * code_size),
        "decoder_channels": (first, *decoder[:-1]),
        "decoder_start_size": math.isqrt(max(start_units // first, 0)),
        "discriminator_channels": discriminator,
        "discriminator_units": _shape(variables, "D_img_fc1/w")[1],
        "q_shared_units": _shape(variables, "D_img_q_shared/w")[1],
        "q_units":
            _shape(variables, "D_img_q_fc0/w")[1] if hidden_layers else 0,
        "q_output": "tanh" if hidden_layers else "linear",
    }
    if "E_conv0/w" in variables:
        changes["encoder_channels"] = _outputs(variables, "E_conv{}/w")
    if "D_z_fc0/w" in variables:
        changes["latent_discriminator_units"] = _outputs(
            variables, "D_z_fc{}/w"
        )[:-1]
    return config_module.preset("released", **changes)


def _checkpoint_prefix(path):
    if path.is_dir():
        found = sorted(
            path.glob("*.index"),
            key=lambda file: [
                int(part) for part in re.findall(r"\d+", file.name)
            ],
        )
        if not found:
            raise UserError(
                f"--checkpoint={path}: no checkpoint (*.index) in this folder"
            )
        path = found[-1]
    if path.suffix == ".index" or ".data-" in path.name:
        path = path.with_name(re.sub(r"\.(index|data-.*)$", "", path.name))
    if not path.with_name(f"{path.name}.index").exists():
        raise UserError(
            f"--checkpoint={path}: {path.name}.index does not exist"
        )
    return path


def _shape(variables, name):
    if name not in variables:
        raise UserError(f"the checkpoint lacks the variable {name}")
    return variables[name].shape


def _outputs(variables, pattern):
    """Last dimensions of the variables `pattern` 0, 1, ..."""
    sizes = []
    while (name := pattern.format(len(sizes))) in variables:
        sizes.append(variables[name].shape[-1])
    return tuple(sizes)


def _identity_size(variables, decoder_inputs, num_classes, code_length):
    if "E_fc/w" in variables:
        return _shape(variables, "E_fc/w")[1]
    # The controller alone. The authors' rule is z + int(z / K) codes of K d.
    for size in range(1, decoder_inputs):
        if size + size // num_classes * code_length == decoder_inputs:
            return size
    raise UserError(
        f"variable G_fc/w of the checkpoint has {decoder_inputs} inputs, "
        "which is no identity code with expression codes"
    )


def _class_names(classes, num_classes):
    if classes:
        classes = tuple(classes)
        if len(classes) != num_classes:
            raise UserError(
                f"--classes={','.join(classes)}: the checkpoint knows "
                f"{num_classes} expressions"
            )
        return classes
    if num_classes != len(OULU_CLASSES):
        raise UserError(
            f"the checkpoint knows {num_classes} expressions: name them in "
            "label order with --classes"
        )
    return OULU_CLASSES


def _prefix(name):
    return next(prefix for prefix in NETWORKS if name.startswith(prefix))
