"""Numbers of the authors' graphs, and how they compare with ours."""

import dataclasses
import functools
import pathlib

import keras
import numpy as np
import tensorflow as tf

from exprgan_tf.conversion import authors_checkpoint, vgg_face
from exprgan_tf.stages import (
    ControllerLearning,
    ImageReconstruction,
    ImageRefining,
)

# The authors' names of stages and losses, and ours.
STAGES = {
    "controller": ControllerLearning,
    "stage1": ImageReconstruction,
    "stage2": ImageRefining,
}
GROUPS = {
    "EG": "generator",
    "Dz": "latent_discriminator",
    "Di": "image_discriminator",
}
LOSSES = {
    "EG_loss": "pixel",
    "vgg_loss": "identity",
    "D_z_loss_prior": "latent_discriminator_prior",
    "D_z_loss_z": "latent_discriminator_face",
    "E_z_loss": "adversarial_latent",
    "D_img_loss_input": "image_discriminator_real",
    "D_img_loss_G": "image_discriminator_fake",
    "G_img_loss": "adversarial_image",
    "fm_loss": "feature_matching",
    "tv_loss": "total_variation",
    "D_cont_loss_fake": "q",
}


class ParitySet:
    """A folder with `authors_graph.npz`, `fake_vgg_face.mat`, `ckpt_joint`.

    The weights come from the checkpoint; `var/` in the npz may be left out.
    """

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        with np.load(folder / "authors_graph.npz") as arrays:
            self.arrays = dict(arrays)
        self.checkpoint = folder / "ckpt_joint" / "checkpoint"
        self.vgg_face = folder / "fake_vgg_face.mat"
        self.variables = authors_checkpoint.read_checkpoint(self.checkpoint)
        self.classes = [
            f"class{index}" for index in range(self.arrays["in/emo"].shape[1])
        ]

    def __getitem__(self, key):
        return self.arrays[key]

    def under(self, prefix):
        """Arrays whose key begins so, without that beginning."""
        return {
            key.removeprefix(prefix): value
            for key, value in self.arrays.items() if key.startswith(prefix)
        }

    def model(self):
        """A model with the authors' weights."""
        model, _ = authors_checkpoint.import_checkpoint(
            self.variables, self.classes
        )
        return model

    @functools.cached_property
    def phi(self):
        """No test changes it."""
        return vgg_face.convert(self.vgg_face)

    def batch(self):
        label = self["in/emo"]
        code = self["in/rb"].reshape(*label.shape, -1)
        values = {
            "image": self["in/image"],
            "source": self["in/image"],
            "label": label,
            # z_y of Eq. 3 is the block of the labelled class.
            "code_noise": code[label.astype(bool)],
            "prior": self["in/z_prior"],
        }
        return {name: tf.constant(value) for name, value in values.items()}

    def stored(self, name, value):
        """Those entries of a variable's array that the set holds, flat."""
        index = self.arrays.get(f"step/idx/{name}", slice(None))
        return np.ravel(value)[index]

    def has_zero_gradient(self, name):
        """Whether it is a bias in front of a batch normalization."""
        layer, _, leaf = name.rpartition("/")
        if leaf != "b":
            return False
        before = {
            "D_img_conv": "D_img_bn", "D_z_fc": "D_z_bn",
            "D_img_q_fc": "D_img_q_fc_bn",
        }
        stem = layer.rstrip("0123456789")
        norm = before.get(stem, stem) + layer[len(stem):]
        return any(
            f"{candidate}/beta" in self.variables
            for candidate in (norm, f"{layer}_bn")
        )


class GradientRecorder(keras.optimizers.SGD):
    """Keeps the gradients that a training step hands over."""

    def apply(self, grads, trainable_variables=None):
        self.gradients = {
            id(variable): np.asarray(gradient)
            for variable, gradient in zip(
                trainable_variables, grads, strict=True
            )
        }


@dataclasses.dataclass
class Step:
    """What one training step of a stage yields."""

    logs: dict
    gradients: dict


def recorded_step(parity, name):
    """Gradients of a stage, by the authors' names of the variables."""
    model = parity.model()
    stage = STAGES[name](model, 1, parity.phi, GradientRecorder)
    logs = stage.train_step(parity.batch())
    found = {}
    for group in stage.trained_variables():
        found.update(getattr(stage, f"{group}_optimizer").gradients)
    return Step(
        {key: float(value) for key, value in logs.items()},
        {
            authors_name: found[id(variable)]
            for authors_name, variable in
            authors_checkpoint.authors_names(model).items()
            if id(variable) in found
        },
    )


def all_losses(parity, model):
    """Every loss on the set's batch, by the authors' names."""
    batch = parity.batch()
    config = model.config.replace(lambda_feature_matching=1.0)
    phi = parity.phi
    stage = ImageRefining(model, 1, phi)
    stage.config = config
    logs, objectives = stage.compute_losses(batch)
    values = {theirs: float(logs[ours]) for theirs, ours in LOSSES.items()}
    made = model(batch["source"], stage.expression_code(batch))
    layers = zip(phi.betas, phi(made), phi(batch["image"]), strict=True)
    for block, (beta, fake, real) in enumerate(layers, start=1):
        values[f"conv{block}_2_loss"] = beta * float(
            tf.reduce_mean(tf.abs(fake - real))
        )
    return values, objectives


def relative_difference(found, expected):
    """Largest absolute difference over the largest absolute value."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    scale = max(np.abs(expected).max(), 1e-30)
    return np.abs(found - expected).max() / scale
