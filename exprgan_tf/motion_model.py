"""G_motion as a model of one file, and what a user does with it."""

import keras
import numpy as np
from keras import ops

from exprgan_tf.config import Config
from exprgan_tf.config_motion import MOTION, MotionConfig
from exprgan_tf.errors import UserError
from exprgan_tf.intensities import class_shares
from exprgan_tf.model_files.configured_model import (
    ConfiguredModel,
    in_batches,
    load_whole,
)
from exprgan_tf.model_files.heads import motion_file
from exprgan_tf.networks.composing import compose, cubic, enlarged
from exprgan_tf.networks.layers import precision as network_precision
from exprgan_tf.networks.motion import build_motion_network, halves
from exprgan_tf.support.backend import forward, without_gradients

# Squares teach the mean of the places where a fold may be, which is flatter
# than any: ratios of people of whom nothing was learned have 0.67 to 0.87 of
# the true ones' size, as logarithms. So they are shown larger.
_DEEPER = 1.4


@keras.saving.register_keras_serializable("exprgan_tf")
class MotionModel(ConfiguredModel):
    """G_motion of one configuration.

    Images are float32 `[n, s, s, 3]` in [-1, 1] (s is `config.image_size`),
    faces aligned with `config.face_margin`; intensities `[n, K]` in [0, 1],
    all 0 for neutral.

    Args:
        config: a `Config` with its classes named.
        motion: a `MotionConfig`.
        precision: "float32" or "bfloat16", in which it computes; weights and
            outputs are float32. No part of what is saved.

    Raises:
        UserError: when the config names no classes, or its size does not
            suit the network.
    """

    def __init__(self, config, motion, precision="float32", **kwargs):
        super().__init__(**kwargs)
        if not config.classes:
            raise UserError("--classes is empty: a model needs their names")
        if config.image_size % (1 << len(motion.motion_channels)):
            raise UserError(
                f"--motion_channels: {len(motion.motion_channels)} widths "
                f"cannot halve {config.image_size} pixels so often"
            )
        self.config, self.motion = config, motion
        with network_precision(precision):
            self.network = build_motion_network(
                config.image_size, config.num_classes, motion.motion_channels,
                motion.motion_code_units, motion.motion_modes,
            )
        self._compiled = _Compiled(self.network)
        self.built = True

    def call(self, images, intensities):
        """Images with the asked expressions."""
        return composed(images, self.network([images, intensities]))

    def get_config(self):
        return {**super().get_config(), "motion": self.motion.to_dict()}

    @classmethod
    def from_config(cls, config):
        return cls(
            Config.from_dict(config["config"]),
            MotionConfig.from_dict(config["motion"]),
        )

    def set_mean_motion(self, fields):
        """Takes float `[K, s/2, s/2, 4]`, see `motion_fields.MeanMotion`."""
        self.network.get_layer("mean_motion").set_fields(fields)

    def set_ratio_modes(self, fields):
        """Takes float `[K, m, s/2, s/2]`, see `motion_fields.RatioModes`."""
        self.network.get_layer("ratio_modes").set_fields(fields)

    def seen(self, images):
        """What the network sees in faces, for `motions`: once for each face.

        Raises:
            UserError: for images of another shape.
        """
        with without_gradients():
            return self._compiled.see(self.require_images(images))

    def motions(self, seen, intensities):
        """How faces change: a dict of arrays `[n, s, s, .]`.

        "displacement" in shares of the side, enlarged smoothly, so that a
        photograph that reads it linearly gets no kinks; "ratio", "mask" in
        [0, 1], and "colours" in [-1, 1].

        Args:
            seen: what `seen` gives of `n` faces.
            intensities: `[n, K]`.
        """
        with without_gradients():
            made = self._compiled.move(
                [*seen, np.asarray(intensities, "float32")]
            )
            return {
                name: ops.convert_to_numpy(part)
                for name, part in made.items()
            }

    def edit(self, images, intensities, batch_size=16):
        """Images with the asked expressions, an array in [-1, 1]."""
        return in_batches(
            lambda *pair: composed(
                pair[0], deepened(self._compiled.motions(list(pair)))
            ), batch_size, self.require_images(images), intensities,
        )

    def intensities(self, mix):
        """float32 `[K]` of a mixture.

        Args:
            mix: a list of pairs: a class name, "neutral", or a code `[K d]`
                in [-1, 1], and its intensity.

        Raises:
            UserError: for a name that the model does not know, or a code of
                another length.
        """
        code = np.zeros(self.config.num_classes, "float32")
        for what, intensity in mix:
            if not isinstance(what, str):
                code += intensity * class_shares(what, len(code))
            elif (label := self.class_index(what)) is not None:
                code[label] += intensity
        return np.clip(code, 0.0, 1.0)

    @classmethod
    def load(cls, path=None):
        """The motion model of a run folder, or of a file.

        Args:
            path: either; None for the one that comes along.

        Raises:
            UserError: when there is none, or it cannot be read.
        """
        file = motion_file(path)
        if not file.exists():
            missing = f"--method={MOTION}: no network for it comes along"
            if path:
                missing = f"{file} does not exist"
            raise UserError(
                f"{missing}: train one with exprgan train --stage={MOTION} "
                "and name its run folder"
            )
        return load_whole(file, cls)


class _Compiled:
    """What is called again and again; no Keras object, so that the model
    neither tracks nor saves it."""

    def __init__(self, network):
        self.motions = forward(network)
        see, move = halves(network)
        side = network.inputs[0].shape[1]

        def enlarged_motion(inputs, training):
            return {
                name: enlarged(part, side, cubic)
                for name, part in shown(
                    deepened(move(inputs, training=training))
                ).items()
            }

        self.see, self.move = forward(see), forward(enlarged_motion)


def deepened(made):
    """What the network says, with folds as deep as they are and not as the
    mean of what they may be; for all but training."""
    return {**made, "log_ratio": _DEEPER * made["log_ratio"]}


def shown(made):
    """Displacement, ratio, mask and colours of what the network says."""
    return {
        "displacement": made["displacement"],
        "ratio": ops.exp(made["log_ratio"]),
        "mask": ops.sigmoid(made["mask_logits"]),
        "colours": made["colours"],
    }


def composed(images, made):
    return compose(images, **shown(made))
