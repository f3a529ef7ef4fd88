"""Every setting of a training run, in one frozen dataclass.

The defaults are the preset `paper`: the paper where it speaks, the authors'
code where the paper is silent. The preset `released` is the authors' code.
A run folder holds its settings as `config.json`; every later command reads
them from there.
"""

import dataclasses
import json
import pathlib

from exprgan_tf.config_presets import PRESETS
from exprgan_tf.config_rules import require_valid
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting

STAGES = ("controller", "reconstruction", "refining")
# What a face without an expression is called, beside the classes.
NEUTRAL = "neutral"


@dataclasses.dataclass(frozen=True)
class Config:
    """Settings of one run. Tuples "one a stage" follow `STAGES`."""

    # Data.
    data_dir: str = setting(
        "", "folder with dataset.json and its TFRecord shards"
    )
    classes: tuple[str, ...] = setting(
        (), "expression names in label order; empty: those of the data set"
    )
    image_size: int = setting(
        128, "side of the images in pixels: 32, 64, 128 or 256"
    )
    face_margin: float = setting(
        0.0,
        "margin with which photographs are aligned; training takes it from "
        "the data set",
    )
    validation_subjects: int = setting(
        0, "training subjects (the last ones) held out for choosing settings"
    )
    shuffle_buffer: int = setting(
        8192, "records held for shuffling; at least the data set's size is best"
    )
    pixel_normalization: str = setting(
        "fixed",
        "fixed: 0..255 to [-1, 1]; min_max: each image's own range is "
        "stretched to [-1, 1] first, as the released code does",
        ("fixed", "min_max"),
    )
    augmentation: float = setting(
        0.0,
        "strength, 0 to 1, of random stretching, shifting and coloring of "
        "training images, which shows the encoder more people; the paper "
        "has none",
    )
    source_images: str = setting(
        "same",
        "same: the encoder sees the image that is reconstructed, as in the "
        "paper; subject: where the batch has one, another image of the same "
        "person, so that g(x) learns to leave the expression out; pairs: the "
        "same, with batches made of pairs, for data with many people",
        ("same", "subject", "pairs"),
    )
    repeat_draws: bool = setting(
        False,
        "draw the same flips and noise in every epoch, as the released code",
    )

    # Networks.
    model_type: str = setting(
        "exprgan",
        "exprgan: in three stages; exprgan_joint: with every loss from the "
        "start; caae, aae, cgan: what the paper compares with. All but the "
        "first have one stage, which takes the settings of stage 3",
        ("exprgan", "exprgan_joint", "caae", "aae", "cgan"),
    )
    identity_size: int = setting(50, "length of the identity code g(x)")
    code_size: int = setting(5, "d, length of the code of one expression")
    code_form: str = setting(
        "eq3",
        "eq3: every block carries |z_y|, as in Eq. 3; anchored: blocks of "
        "absent expressions stay at -1, as in the codes of Fig. 2 and 3",
        ("eq3", "anchored"),
    )
    code_intensity: str = setting(
        "random",
        "|z_y| of a training image in stages 2 and 3: random, as in the "
        "paper, or near its labelled intensity where the data has one",
        ("random", "label"),
    )
    code_repeats: int = setting(
        0,
        "times the expression code is tiled at the decoder's input; 0: "
        "identity_size // number of classes, as the released code does",
    )
    encoder_channels: tuple[int, ...] = setting(
        (64, 128, 256, 512, 1024), "channels of G_enc's downsampling blocks"
    )
    decoder_channels: tuple[int, ...] = setting(
        (1024, 512, 256, 128, 64, 32, 16),
        "channels of G_dec: the first map, then each block but the RGB one",
    )
    decoder_start_size: int = setting(
        0,
        "side of G_dec's first map; 0: every block upsamples, as in the "
        "paper; 4: the last blocks are plain convolutions, as released",
    )
    decoder_initialization: str = setting(
        "normal",
        "normal: standard deviation 0.02, as released; he: scaled to the "
        "layer, for narrow decoders, which start almost dead otherwise",
        ("normal", "he"),
    )
    discriminator_channels: tuple[int, ...] = setting(
        (16, 32, 64, 128), "channels of the downsampling blocks of D_img and Q"
    )
    discriminator_units: int = setting(
        1024, "units of the fully connected layer that D_img and Q share"
    )
    discriminator_activation: str = setting(
        "leaky_relu",
        "after the convolutions of D_img and the layers of D_z",
        ("leaky_relu", "relu"),
    )
    q_shared_units: int = setting(
        0, "units of an extra layer before the branches of Q; 0: none"
    )
    q_units: int = setting(
        64, "units of the hidden layer of each Q_i; 0: none"
    )
    q_output: str = setting(
        "tanh", "activation of Q's output", ("tanh", "linear")
    )
    latent_discriminator_units: tuple[int, ...] = setting(
        (64, 32, 16), "units of D_z's hidden layers"
    )
    batch_norm_momentum: float = setting(
        0.999, "decay of the moving statistics of batch normalization"
    )
    update_moving_statistics: bool = setting(
        True, "False: they stay at 0 and 1, as in the released code"
    )

    # Losses.
    face_features: str = setting(
        "trained",
        "phi of Eq. 7: 'trained' (a small network trained on the training "
        "subjects first), 'none', or a file with converted weights",
    )
    face_feature_steps: int = setting(
        800, "training steps of the small network phi"
    )
    classifier_steps: int = setting(
        400, "training steps of --stage=classifier"
    )
    adversarial_loss: str = setting(
        "minimax", "Eq. 8 and 9 as written, or the non-saturating form",
        ("minimax", "non_saturating"),
    )
    q_loss: str = setting(
        "gaussian",
        "Eq. 5: negative log-likelihood of a factored unit Gaussian, or the "
        "released code's squared error (mean over d, sum over classes)",
        ("gaussian", "squared_error"),
    )
    lambda_identity: float = setting(1.0, "lambda_1 of Eq. 10")
    lambda_q: tuple[float, ...] = setting(
        (1.0, 0.1, 1.0),
        "lambda_2 of Eq. 10, one a stage (the paper decreases the second)",
    )
    lambda_adversarial_image: tuple[float, ...] = setting(
        (1.0, 0.0, 0.01), "lambda_3 of Eq. 10, one a stage"
    )
    lambda_adversarial_latent: float = setting(0.01, "lambda_4 of Eq. 10")
    lambda_tv: float = setting(0.001, "lambda_5 of Eq. 10")
    lambda_feature_matching: float = setting(
        0.0,
        "weight of the difference between what D_img sees in true and in "
        "made images, in stage 3 and wherever stage 2 trains D_img; the "
        "paper has none and the released code has it switched off",
    )
    reconstruction_trains_discriminators: bool = setting(
        False,
        "train D_img and D_z on their own losses in stage 2 too, as released",
    )

    # Optimization.
    epochs: tuple[int, ...] = setting((200, 50, 50), "one a stage")
    batch_sizes: tuple[int, ...] = setting(
        (48, 48, 48), "images of one step over all devices, one a stage"
    )
    learning_rates: tuple[float, ...] = setting(
        (2e-4, 2e-4, 2e-4), "at the start of each stage"
    )
    final_learning_rates: tuple[float, ...] = setting(
        (2e-4, 2e-4, 2e-4), "at the end of each stage; linear in between"
    )
    adam_beta_1: float = setting(0.5, "Adam's beta 1")
    adam_beta_2: float = setting(0.999, "Adam's beta 2")
    adam_epsilon: float = setting(1e-8, "Adam's epsilon")
    average_weights: float = setting(
        0.0,
        "a stage ends with the moving average of its weights, with this "
        "momentum; 0: with the last weights",
    )
    seed: int = setting(2018, "of weights, order, flips and noise")

    # What makes a step cheaper; docs/training.md has what each costs.
    mixed_precision: str = setting(
        "float32",
        "what convolutions and dense layers compute in; weights, losses, "
        "optimizers and the finished model are float32 either way",
        ("float32", "bfloat16"),
    )
    face_feature_size: int = setting(
        0,
        "side to which phi resizes images; 0: its own, 224 for VGG-Face",
    )
    cache_face_features: bool = setting(
        False,
        "compute phi of the training images once and keep it in the run "
        "folder, 16 bits a number",
    )

    # What a run writes, without influence on what it learns.
    checkpoint_minutes: float = setting(
        2.0, "time between checkpoints; 0: after every step"
    )
    picture_epochs: int = setting(1, "epochs between picture grids")
    validation_epochs: int = setting(
        0, "epochs between scores of validation subjects in stages 2 and 3, "
        "by judges that the run trains first; 0: none",
    )

    def __post_init__(self):
        require_valid(self, len(STAGES))

    @property
    def num_classes(self):
        """K, the number of expressions."""
        return len(self.classes)

    @property
    def code_length(self):
        """K d, the length of a whole expression code."""
        return self.num_classes * self.code_size

    def replace(self, **changes):
        return dataclasses.replace(self, **changes)

    def to_dict(self):
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values):
        """The config that `to_dict` describes.

        Raises:
            UserError: for a setting that this version does not know.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UserError(
                f"unknown setting {unknown[0]!r}: the model was made by "
                "another version of exprgan_tf"
            )
        return cls(**{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        })

    @classmethod
    def from_file(cls, path):
        """Reads a `config.json`.

        Raises:
            UserError: when the file is missing or not a saved config.
        """
        try:
            values = json.loads(pathlib.Path(path).read_text("utf-8"))
            if not isinstance(values, dict):
                raise TypeError("it holds no settings")
            return cls.from_dict(values)
        except FileNotFoundError:
            raise UserError(f"{path} is missing: not a run folder") from None
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"{path} cannot be read: {error}") from None


def preset(name, **changes):
    """The `Config` of a preset, `paper` or `released`, with changes."""
    return Config(**{**PRESETS[name], **changes})
