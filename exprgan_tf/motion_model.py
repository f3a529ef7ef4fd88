"""G_motion as a model of one file, and what a user does with it."""

import pathlib

import keras
import numpy as np
from keras import ops

from exprgan_tf.config import NEUTRAL, Config
from exprgan_tf.config_motion import MOTION, MotionConfig
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.configured_model import (
    ConfiguredModel,
    in_batches,
    load_whole,
)
from exprgan_tf.networks.layers import precision as network_precision
from exprgan_tf.networks.motion import build_motion_network, compose
from exprgan_tf.support.backend import forward, without_gradients

FILE = f"{MOTION}.keras"


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
                motion.motion_code_units,
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
        """Takes float `[K, s/2, s/2, 3]`, see `networks.motion.MeanMotion`."""
        self.network.get_layer("mean_motion").set_fields(fields)

    def motions(self, images, intensities):
        """How faces change: a dict of arrays.

        "displacement" `[n, s/2, s/2, 2]`, in shares of the side; "ratio" and
        "mask" `[n, s, s, 1]`, "colours" `[n, s, s, 3]` in [-1, 1].

        Raises:
            UserError: for images of another shape.
        """
        images = self.require_images(images)
        with without_gradients():
            made = self._compiled.motions(
                [images, np.asarray(intensities, "float32")]
            )
            return {
                name: ops.convert_to_numpy(part)
                for name, part in shown(made).items()
            }

    def edit(self, images, intensities, batch_size=16):
        """Images with the asked expressions, an array in [-1, 1]."""
        return in_batches(
            lambda *pair: composed(
                pair[0], self._compiled.motions(list(pair))
            ), batch_size, self.require_images(images), intensities,
        )

    def intensities(self, mix):
        """float32 `[K]` of a mixture.

        Args:
            mix: a list of pairs: a class name, "neutral", or a code `[K d]`
                in [-1, 1], and its intensity.

        Raises:
            UserError: for a name that the model does not know.
        """
        code = np.zeros(self.config.num_classes, "float32")
        for what, intensity in mix:
            if not isinstance(what, str):
                blocks = np.reshape(what, (len(code), -1)).mean(axis=1)
                code += intensity * (blocks + 1.0) / 2.0
            elif what != NEUTRAL:
                if what not in self.config.classes:
                    raise UserError(
                        f"unknown expression {what!r}: the model knows "
                        f"{', '.join((*self.config.classes, NEUTRAL))}"
                    )
                code[self.config.classes.index(what)] += intensity
        return np.clip(code, 0.0, 1.0)

    @classmethod
    def load(cls, path):
        """The motion model of a run folder, or of a file.

        Raises:
            UserError: when there is none, or it cannot be read.
        """
        path = pathlib.Path(path)
        if path.is_dir():
            path = path / FILE
        if not path.exists():
            raise UserError(
                f"{path} does not exist: train it with exprgan train "
                f"--stage={MOTION}"
            )
        return load_whole(path, cls)


class _Compiled:
    """What is called again and again; no Keras object, so that the model
    neither tracks nor saves it."""

    def __init__(self, network):
        self.motions = forward(network)


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
