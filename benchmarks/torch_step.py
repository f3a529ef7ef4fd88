"""The training steps of `torch_twin`'s networks."""

import contextlib
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch._functorch import config as compiling

from benchmarks import torch_twin


class TwinStep(nn.Module):
    """The update of one stage: losses, gradients, Adam.

    Args:
        config: a `Config` of the model type `exprgan`.
        number: 1, 2 or 3, the stage.
        phi: the description of the identity loss's `FaceFeatures`, or None.
        compiled: whether `torch.compile` compiles each network.
    """

    def __init__(self, config, number, phi=None, compiled=False):
        super().__init__()
        self.config, self.number = config, number
        self.encoder = torch_twin.Encoder(config)
        self.decoder = torch_twin.Decoder(config)
        self.image_discriminator = torch_twin.ImageDiscriminator(config)
        self.latent_discriminator = torch_twin.LatentDiscriminator(config)
        self.phi = (
            torch_twin.FaceFeatures(phi, config.image_size)
            if phi and number > 1 else None
        )
        self.to(memory_format=torch.channels_last)
        if compiled:
            # Network by network: of a graph with several objectives each
            # backward pass would compute all of them.
            compiling.donated_buffer = False
            for network in self.children():
                network.compile()
        self.optimizers = {
            name: torch.optim.Adam(
                parameters, lr=config.learning_rates[number - 1],
                betas=(config.adam_beta_1, config.adam_beta_2),
                eps=config.adam_epsilon, fused=True,
            )
            for name, parameters in self.trained_parameters().items()
        }

    def trained_parameters(self):
        """The parameters of each optimizer, a dict of lists."""
        groups = {
            "generator": [self.decoder],
            "image_discriminator": [self.image_discriminator],
        }
        if self.number > 1:
            groups["generator"].append(self.encoder)
        if self.number == 3 or (
            self.number == 2
            and self.config.reconstruction_trains_discriminators
        ):
            groups["latent_discriminator"] = [self.latent_discriminator]
        return {
            name: [
                parameter for module in modules
                for parameter in module.parameters() if parameter.requires_grad
            ]
            for name, modules in groups.items()
        }

    def step(self, batch):
        """One update, every gradient at the same weights; returns losses.

        Args:
            batch: tensors "image" and "source" `[n, 3, s, s]`, "label",
                "code_noise" and "prior" as of this project's stages, and
                perhaps "face_features", a list.
        """
        precision = (
            torch.autocast("cpu", torch.bfloat16)
            if self.config.mixed_precision == "bfloat16"
            else contextlib.nullcontext()
        )
        with precision:
            logs, objectives = self.losses(batch)
        groups = self.trained_parameters()
        gradients = {
            name: torch.autograd.grad(
                objectives[name], parameters, retain_graph=True,
                materialize_grads=True,
            )
            for name, parameters in groups.items()
        }
        for name, parameters in groups.items():
            for parameter, gradient in zip(
                parameters, gradients[name], strict=True
            ):
                parameter.grad = gradient
            self.optimizers[name].step()
        return {name: value.item() for name, value in logs.items()}

    def losses(self, batch):
        """Named losses, and what each optimizer minimizes."""
        config, label = self.config, batch["label"]
        code = expression_code(label, batch["code_noise"], config)
        weight_q = config.lambda_q[self.number - 1]
        weight_image = config.lambda_adversarial_image[self.number - 1]
        logs, objectives = {}, {}
        if self.number == 1:
            made, generator = self.decoder(batch["prior"], code), 0.0
        else:
            identity = self.encoder(batch["source"])
            made = self.decoder(identity, code)
            logs["pixel"] = generator = _distance(made, batch["image"])
            if self.phi:
                logs["identity"] = self._identity_loss(made, batch)
                generator = (
                    generator + config.lambda_identity * logs["identity"]
                )
        sees_both = self.number != 2 or (
            config.reconstruction_trains_discriminators
        )
        made_logits, predicted = self.image_discriminator(made, label)
        logs["q"] = _code_regression(predicted, code, config)
        objectives["image_discriminator"] = logs["q"]
        if sees_both:
            true_logits, _ = self.image_discriminator(batch["image"], label)
            logs["image_discriminator_real"] = F.softplus(-true_logits).mean()
            logs["image_discriminator_fake"] = F.softplus(made_logits).mean()
            objectives["image_discriminator"] = (
                logs["q"] + logs["image_discriminator_real"]
                + logs["image_discriminator_fake"]
            )
        generator = generator + weight_q * logs["q"]
        if self.number != 2:
            logs["adversarial_image"] = self._adversarial(made_logits)
            generator = generator + weight_image * logs["adversarial_image"]
        if self.number > 1 and sees_both:
            prior_logits = self.latent_discriminator(batch["prior"])
            face_logits = self.latent_discriminator(identity)
            logs["latent_discriminator_prior"] = F.softplus(
                -prior_logits
            ).mean()
            logs["latent_discriminator_face"] = F.softplus(face_logits).mean()
            objectives["latent_discriminator"] = (
                logs["latent_discriminator_prior"]
                + logs["latent_discriminator_face"]
            )
        if self.number == 3:
            logs["adversarial_latent"] = self._adversarial(face_logits)
            logs["total_variation"] = _total_variation(made)
            generator = (
                generator
                + config.lambda_adversarial_latent
                * logs["adversarial_latent"]
                + config.lambda_tv * logs["total_variation"]
            )
        objectives["generator"] = generator
        return logs, objectives

    def _identity_loss(self, made, batch):
        targets = batch.get("face_features")
        if targets is None:
            with torch.no_grad():
                targets = self.phi(batch["image"])
        return sum(
            beta * _distance(feature, target) for beta, feature, target in
            zip(self.phi.betas, self.phi(made), targets, strict=True)
        )

    def _adversarial(self, logits):
        if self.config.adversarial_loss == "minimax":
            return -F.softplus(logits).mean()
        return F.softplus(-logits).mean()


def expression_code(label, noise, config):
    """Eq. 3, as `exprgan_tf.codes.expression_code`."""
    present, strength = label[:, :, None], noise.abs()[:, None, :]
    if config.code_form == "eq3":
        code = (2.0 * present - 1.0) * strength
    else:
        code = 2.0 * present * strength - 1.0
    return code.reshape(len(label), -1)


def random_batch(config, count, seed=0):
    """A batch of random numbers, as `step` takes it."""
    generator = np.random.default_rng(seed)
    shape = (count, 3, config.image_size, config.image_size)
    labels = generator.integers(0, config.num_classes, count)
    images = generator.uniform(-1, 1, shape)
    arrays = {
        "image": images, "source": images,
        "label": np.eye(config.num_classes)[labels],
        "code_noise": generator.uniform(-1, 1, (count, config.code_size)),
        "prior": generator.uniform(-1, 1, (count, config.identity_size)),
    }
    return {
        name: _channels_last(torch.tensor(array, dtype=torch.float32))
        for name, array in arrays.items()
    }


def _channels_last(tensor):
    if tensor.ndim != 4:
        return tensor
    return tensor.contiguous(memory_format=torch.channels_last)


def _distance(a, b):
    return (a - b).abs().mean()


def _code_regression(predicted, code, config):
    squared = (predicted - code).square().sum(1).mean()
    if config.q_loss == "gaussian":
        constant = code.shape[1] * math.log(2.0 * math.pi)
        return 0.5 * (squared + constant)
    return squared / config.code_size


def _total_variation(x):
    down = (x[:, :, 1:] - x[:, :, :-1]).square().sum()
    right = (x[:, :, :, 1:] - x[:, :, :, :-1]).square().sum()
    return (down + right) / (2.0 * x.shape[2] * len(x))
