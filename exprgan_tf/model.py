"""ExprGAN: the five networks, and what a user does with them."""

import dataclasses
import functools
import hashlib
import pathlib

import keras
import numpy as np
from keras import ops

from exprgan_tf import codes, fitting
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.configured_model import (
    ConfiguredModel,
    in_batches,
    load_whole,
)
from exprgan_tf.model_files.heads import CARRIED_MODEL, newest_stage_model
from exprgan_tf.model_files.identities import Identities
from exprgan_tf.networks import (
    build_decoder,
    build_encoder,
    build_image_discriminator,
    build_latent_discriminator,
)
from exprgan_tf.networks.layers import precision as network_precision
from exprgan_tf.support.backend import forward


@keras.saving.register_keras_serializable("exprgan_tf")
class ExprGAN(ConfiguredModel):
    """Encoder, decoder, both discriminators and Q of one configuration.

    Images are float32 `[n, s, s, 3]` in [-1, 1] (s is `config.image_size`),
    identity codes `[n, identity_size]`, expression codes `[n, K d]`.

    Example:
        model = ExprGAN.load("runs/demo")
        smiling = model.edit(images, "happy", 0.8)

    Args:
        config: a `Config` with its classes named.
        precision: "float32" or "bfloat16", in which encoder and decoder
            compute; weights and outputs are float32. No part of what is
            saved: a loaded model computes in float32.

    Raises:
        UserError: when the config names no classes.
    """

    def __init__(self, config, precision="float32", **kwargs):
        super().__init__(**kwargs)
        if not config.classes:
            raise UserError("--classes is empty: a model needs their names")
        self.config = config
        with network_precision(precision):
            self.encoder = build_encoder(config)
            self.decoder = build_decoder(config)
        # Always float32: they are a hundredth of a step, and where made
        # images hardly differ, batch normalization enlarges rounding.
        self.image_discriminator = build_image_discriminator(config)
        self.latent_discriminator = build_latent_discriminator(config)
        self.compiled_parts = _CompiledParts(self.encoder, self.decoder)
        self.identities = None
        self.built = True

    def call(self, images, expression_codes):
        """Reconstructs images with the given expression codes."""
        return self.decoder([self.encoder(images), expression_codes])

    def encode(self, images, batch_size=64):
        """Identity codes g(x) of images, as an array.

        Raises:
            UserError: for images of another shape, or a model that has no
                encoder.
        """
        if not self.encodes:
            raise UserError(
                "a model of --model_type=cgan has no encoder: it makes faces "
                "and edits none"
            )
        return in_batches(
            self.compiled_parts.encode, batch_size,
            self.require_images(images),
        )

    def learn_identities(self, images, subjects):
        """Remembers how people's identity codes lie, for new people.

        Args:
            images: `[n, s, s, 3]` in [-1, 1].
            subjects: whose image each is, `[n]`. Of fewer than three people
                nothing is learned.
        """
        if len(np.unique(subjects)) > 2:
            self.identities = Identities.of(self.encode(images), subjects)

    def save_own_variables(self, store):
        """Called by Keras: what is no weight of a network."""
        if self.identities is not None:
            store["identity_mean"] = self.identities.mean
            store["identity_directions"] = self.identities.directions

    def load_own_variables(self, store):
        """As `save_own_variables`; files of before have nothing there."""
        if "identity_mean" in set(store.keys()):
            self.identities = Identities(*(
                np.asarray(store[name], "float32")
                for name in ("identity_mean", "identity_directions")
            ))

    def decode(self, identity, code, batch_size=64):
        """Images of identity and expression codes, as an array."""
        return in_batches(
            lambda *pair: self.compiled_parts.decode(list(pair)), batch_size,
            identity, code,
        )

    def random_codes(self, labels, noise):
        """Expression codes of random strength, as in training, `[n, K d]`.

        Args:
            labels: class indices `[n]`.
            noise: z_y from U(-1, 1), `[n, d]`; the baselines ignore it.
        """
        config = self.config
        one_hot = np.eye(config.num_classes, dtype="float32")[labels]
        if not self.knows_expressions:
            made = np.zeros((len(one_hot), config.code_length), "float32")
        elif config.model_type.startswith("exprgan"):
            made = codes.expression_code(
                one_hot, np.asarray(noise, "float32"), config.code_form
            )
        else:
            made = codes.label_code(one_hot, config.code_size)
        return ops.convert_to_numpy(made)

    def estimate_code(self, images, labels, batch_size=64):
        """Q's estimate of the expression codes, as an array `[n, K d]`.

        Args:
            images: `[n, s, s, 3]` in [-1, 1].
            labels: one-hot `[n, K]`, or class indices `[n]`.
        """
        images = self.require_images(images)
        labels = np.asarray(labels)
        if labels.ndim == 1:
            labels = np.eye(self.config.num_classes, dtype="float32")[labels]
        return in_batches(
            lambda *pair: self.image_discriminator(
                list(pair), training=False
            )[1],
            batch_size, images, labels.astype("float32"),
        )

    def edit(self, images, expression, intensity=1.0, refine="detail"):
        """Images with another expression.

        Args:
            images: aligned faces `[n, s, s, 3]` in [-1, 1].
            expression: a class name or "neutral", one or `n` of them.
            intensity: from 0 (neutral) to 1, one number or `n`.
            refine: "identity" adjusts each g(x) to its image first, for a
                better likeness; "detail" then keeps what the decoder cannot
                show of the image; "full" adjusts the decoder, too; "none"
                is fastest.

        Returns:
            float32 array `[n, s, s, 3]` in [-1, 1].

        Raises:
            UserError: for images of another shape, an expression the model
                does not know, or an intensity outside [0, 1].
        """
        images = self.require_images(images)
        wanted = self.edit_codes(expression, intensity, len(images))
        return fitting.fit(self, images, refine).decode(wanted)

    @property
    def encodes(self):
        """Whether it has an encoder that was trained; a CGAN has none."""
        return self.config.model_type != "cgan"

    @property
    def knows_expressions(self):
        """Whether the expression code means anything; not to an AAE."""
        return self.config.model_type != "aae"

    def edit_codes(self, expression, intensity, count):
        """Codes `[count, K d]` for `edit`; see there for the arguments.

        All zero where the model does not know expressions.
        """
        names = np.broadcast_to(np.asarray(expression), (count,))
        intensities = np.broadcast_to(
            np.asarray(intensity, "float32"), (count,)
        )
        if not np.all((intensities >= 0) & (intensities <= 1)):
            raise UserError("an intensity must lie between 0 and 1")
        indices = [self.class_index(str(name)) for name in names]
        if not self.knows_expressions:
            return np.zeros((count, self.config.code_length), "float32")
        neutral = np.array([index is None for index in indices])
        return ops.convert_to_numpy(codes.edit_code(
            np.array([index or 0 for index in indices], "int32"),
            np.where(neutral, 0.0, intensities),
            self.config.num_classes, self.config.code_size,
        ))

    def level_codes(self, expression):
        """Codes `[d, K d]` of Fig. 3 of a class name."""
        return ops.convert_to_numpy(codes.level_codes(
            self.class_index(expression), self.config.num_classes,
            self.config.code_size,
        ))

    def mixed_codes(self, mixes):
        """Codes `[n, K d]` of mixtures, see `codes.mixed_code`.

        Args:
            mixes: for each a list of pairs: a class name, "neutral" or a
                code `[K d]`, and its intensity in [0, 1].

        Raises:
            UserError: for a name that the model does not know, or a code of
                another length.
        """
        length = self.config.code_length
        made = np.zeros((len(mixes), length), "float32")
        if not self.knows_expressions:
            return made
        full = functools.cache(
            lambda name: self.edit_codes(name, 1.0, 1)[0]
        )
        for code, mix in zip(made, mixes, strict=True):
            parts = np.zeros((len(mix), length), "float32")
            for part, (what, _) in zip(parts, mix, strict=True):
                if isinstance(what, str):
                    part[:] = full(what)
                elif len(what) != length:
                    raise UserError(f"A code has {length} numbers")
                else:
                    part[:] = np.clip(what, -1.0, 1.0)
            code[:] = ops.convert_to_numpy(codes.mixed_code(
                parts, np.array([share for _, share in mix], "float32")
            ))
        return made

    def fingerprint(self):
        """A short text that tells weights and settings from others."""
        digest = hashlib.sha256(repr(self.config).encode())
        known = self.identities and dataclasses.astuple(self.identities)
        for weights in (*self.get_weights(), *(known or ())):
            digest.update(np.ascontiguousarray(weights).tobytes())
        return digest.hexdigest()[:16]

    @classmethod
    def load(cls, path=None):
        """The model of a run folder (its last finished stage) or file.

        Args:
            path: either; None for the model that comes along.

        Raises:
            UserError: when there is none, or it cannot be read.
        """
        path = pathlib.Path(path or CARRIED_MODEL)
        if not path.exists():
            raise UserError(
                f"{path} does not exist: give a run folder or a .keras file"
            )
        if path.is_dir():
            path = newest_stage_model(path)
        return load_whole(path, cls)


class _CompiledParts:
    """What a model's users call again and again, compiled once.

    No Keras object, so that the model neither tracks nor saves it.
    """

    def __init__(self, encoder, decoder):
        self._decoder = decoder
        self._refiners = {}
        self.encode = forward(encoder)
        self.decode = forward(decoder)

    def refined_identities(self, images, identities, input_codes):
        """See `fitting.IdentityRefiner`."""
        count = len(images)
        if count not in self._refiners:
            self._refiners[count] = fitting.IdentityRefiner(
                self._decoder, count
            )
        return self._refiners[count](images, identities, input_codes)
