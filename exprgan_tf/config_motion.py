"""Settings of the motion stage, apart from those of the paper's stages."""

import dataclasses
import json
import pathlib

from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting

# What the run of a stage beside the paper's is called.
MOTION = "motion"
# These may change between two calls of a run.
FREE_MOTION_SETTINGS = ("motion_epochs",)


@dataclasses.dataclass(frozen=True)
class MotionConfig:
    """What `exprgan train --stage=motion` takes beside `Config`.

    Image size, classes, seed, strength of augmentation, precision, D_img, Q
    and phi are those of `Config`.
    """

    motion_channels: tuple[int, ...] = setting(
        (32, 64, 128, 192),
        "channels of G_motion, from half the face's side down; multiples of 8",
    )
    motion_code_units: int = setting(
        64, "units of the layers of G_motion that read the code", least=1
    )
    motion_modes: int = setting(
        24, "principal components of each expression's light and folds, of "
        "which G_motion says how much a face has", least=1,
    )
    motion_epochs: float = setting(
        10.0, "passes over the moved pictures; may be changed while a run "
        "goes on, and the rate follows", least=0.001,
    )
    motion_batch_size: int = setting(16, "pairs of one step", least=1)
    motion_rate: float = setting(
        2e-3, "largest learning rate of G_motion", least=0.0
    )
    motion_judge_rate: float = setting(
        5e-4, "learning rate of D_img and Q", least=0.0
    )
    motion_average: float = setting(
        0.998, "momentum of the averaged weights of G_motion, which are saved",
        least=0.0, most=0.99999,
    )
    motion_pairs: tuple[float, ...] = setting(
        (0.70, 0.12, 0.13, 0.05),
        "shares of pairs: photograph to expression, expression to neutral, "
        "expression to another, a picture to itself",
    )
    lambda_motion_gradient: float = setting(
        1.0, "weight of the pictures' gradients at two scales", least=0.0
    )
    lambda_motion_field: float = setting(
        1.0, "weight of the displacement, on 40 times its difference",
        least=0.0,
    )
    lambda_motion_mask: float = setting(
        0.15, "weight of the mask's cross entropy", least=0.0
    )
    lambda_motion_tv: float = setting(
        0.3, "weight of the displacement's total variation", least=0.0
    )
    lambda_motion_ratio: float = setting(
        2.0, "weight of the difference of the ratio's logarithm, which is "
        "light and folds", least=0.0,
    )
    lambda_motion_mouth: float = setting(
        4.0, "how much more a pixel counts that is new in the picture",
        least=0.0,
    )
    lambda_motion_features: float = setting(
        0.0, "weight of phi's differences (Eq. 7); 0: phi is not made",
        least=0.0,
    )
    lambda_motion_adversarial: float = setting(
        0.0, "weight of D_img (Eq. 9) on composed pictures", least=0.0
    )
    lambda_motion_q: float = setting(
        0.0, "weight of Q (Eq. 5) on composed pictures; without it and "
        "D_img's neither is made", least=0.0,
    )

    motion_photographs: str = setting(
        "", "data set of labelled photographs that were not moved, for "
        "losses without pairs: D_img and Q learn from them, too, and judge "
        "what becomes of them; empty: none",
    )
    motion_photographs_batch_size: int = setting(
        4, "labelled photographs of one step", least=1
    )
    lambda_motion_cycle: float = setting(
        1.0, "weight of a labelled photograph that gets another expression "
        "and its own one again", least=0.0,
    )

    def __post_init__(self):
        def require(holds, name, what):
            if not holds:
                value = getattr(self, name)
                if isinstance(value, tuple):
                    value = ",".join(map(str, value))
                raise UserError(f"--{name}={value}: {what}")

        require(
            2 <= len(self.motion_channels) <= 5
            and all(width > 0 and width % 8 == 0
                    for width in self.motion_channels),
            "motion_channels", "must be 2 to 5 positive multiples of 8",
        )
        require(
            len(self.motion_pairs) == 4
            and all(share >= 0 for share in self.motion_pairs)
            and sum(self.motion_pairs) > 0,
            "motion_pairs", "must be four shares, not all of them 0",
        )
        require(
            not self.motion_photographs or self.has_judges,
            "motion_photographs", "needs D_img or Q, see "
            "--lambda_motion_adversarial and --lambda_motion_q",
        )

    @property
    def has_judges(self):
        """Whether D_img and Q are made."""
        return self.lambda_motion_adversarial + self.lambda_motion_q > 0

    def to_dict(self):
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values):
        """As that of `Config`.

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
        """Reads a `motion.json` of a run folder.

        Raises:
            UserError: when it cannot be read.
        """
        try:
            return cls.from_dict(json.loads(pathlib.Path(path).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"{path} cannot be read: {error}") from None
