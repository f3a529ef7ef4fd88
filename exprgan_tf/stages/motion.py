"""The motion stage: pairs of pictures of one photograph teach G_motion."""

import math

import keras
from keras import ops

from exprgan_tf import losses, motion_model
from exprgan_tf.config_motion import MOTION
from exprgan_tf.networks import build_image_discriminator
from exprgan_tf.networks.composing import enlarged
from exprgan_tf.networks.layers import precision
from exprgan_tf.stages.base import IdentityLoss
from exprgan_tf.stages.updates import Updates
from exprgan_tf.support.adam import Adam

# Steps until the learning rate has its full height, and its share at the end.
_WARM_UP, _LAST_SHARE = 200, 0.01
_GRADIENT_NORM, _WEIGHT_DECAY = 2.0, 1e-4
# A pixel that changes by a tenth of the range counts so much more.
_CHANGE_WEIGHT, _MOST_CHANGE = 60.0, 0.3
# What makes a displacement, a share of the side, as large as a difference.
_FIELD_SCALE = 40.0
# And the square of a logarithm of the ratio, which is 0.02 at most places.
_RATIO_SCALE = 50.0


class MotionStage(Updates):
    """Trains G_motion, and D_img and Q where their weights are not 0.

    A batch is a dict, see `data.batches.pairs`. Pictures are compared in
    shares of their range. Of labelled photographs no pair is known: D_img
    and Q judge what they become, and from there they are to come back.

    D_img is that of the paper, without the class, and so is Q: it has to see
    which expression a picture shows. Q learns on the true pictures, whose
    codes are known exactly, and judges the composed ones; were it to learn
    on these, too, any mark that the generator left would do for it.

    Args:
        model: the `MotionModel` to train.
        total_steps: steps of the stage, for the learning rate.
        face_features: phi of Eq. 7, or None.
    """

    number = MOTION

    def __init__(self, model, total_steps, face_features=None):
        super().__init__(name=MOTION)
        self.model = model
        self.config, self.motion = model.config, model.motion
        self.identity_loss = (
            IdentityLoss(face_features) if face_features else None
        )
        motion = self.motion
        self.generator_optimizer = keras.optimizers.AdamW(
            _rate(motion.motion_rate, total_steps), beta_1=0.9, beta_2=0.99,
            weight_decay=_WEIGHT_DECAY, global_clipnorm=_GRADIENT_NORM,
            use_ema=motion.motion_average > 0,
            ema_momentum=motion.motion_average or 0.99,
        )
        self.judge = None
        if motion.has_judges:
            # Unlike the faces of the paper's first steps, those of a batch
            # differ from the start: batch normalization enlarges no rounding.
            with precision(self.config.mixed_precision):
                self.judge = build_image_discriminator(self.config)
            self.judge_optimizer = Adam(
                motion.motion_judge_rate, beta_1=self.config.adam_beta_1,
                beta_2=self.config.adam_beta_2,
            )
        self.ready()

    @property
    def network_variables(self):
        judge = self.judge.variables if self.judge else []
        return [*self.model.variables, *judge]

    @property
    def fixed(self):
        return self.identity_loss.variables if self.identity_loss else []

    def trained_variables(self):
        groups = {"generator": self.model.trainable_variables}
        if self.judge:
            groups["judge"] = self.judge.trainable_variables
        return groups

    def compute_losses(self, batch):
        motion = self.motion
        made = self.model.network([batch["image"], batch["intensities"]])
        taught = _taught(batch)
        compared = motion_model.composed(batch["image"], {
            **made, "log_ratio": _untaught(made["log_ratio"], taught),
        })
        new = _twice(batch["field"][..., 2:3])
        logs = self._picture_losses(batch, compared, new, made["colours"])
        logs |= _field_losses(batch, made, taught)
        objective = (
            logs["pixel"] + logs["colours"]
            + motion.lambda_motion_gradient * logs["gradient"]
            + motion.lambda_motion_field * logs["field"]
            + motion.lambda_motion_mask * logs["mask"]
            + motion.lambda_motion_tv * logs["total_variation"]
            + motion.lambda_motion_ratio * logs["ratio"]
        )
        if self.identity_loss:
            logs["features"] = self.identity_loss(
                compared, {"image": batch["target"]}
            )
            objective += motion.lambda_motion_features * logs["features"]
        if not self.judge:
            return logs, {"generator": objective}
        edited = None
        if "photograph" in batch:
            edited = self.model(batch["photograph"], batch["asked"])
        judge_logs, judge_objective = self._judge_losses(
            batch, motion_model.composed(batch["image"], made), edited
        )
        logs |= judge_logs
        if edited is not None:
            objective += motion.lambda_motion_cycle * logs["cycle"]
        objective += (
            motion.lambda_motion_adversarial * logs["adversarial_image"]
            + motion.lambda_motion_q * logs["q_composed"]
        )
        return logs, {"generator": objective, "judge": judge_objective}

    def _picture_losses(self, batch, composed, new, colours):
        mouth = self.motion.lambda_motion_mouth
        target = batch["target"]
        fault = 0.5 * (composed - target)
        change = ops.mean(
            ops.abs(batch["image"] - target), axis=-1, keepdims=True
        )
        change = ops.average_pool(0.5 * change, 5, 1, "same")
        weight = 1.0 + mouth * new
        return {
            "pixel": ops.mean(ops.abs(fault) * (
                weight + _CHANGE_WEIGHT * ops.minimum(change, _MOST_CHANGE)
            )),
            "gradient": _steps(fault, weight) + _steps(
                ops.average_pool(fault, 2, 2),
                ops.average_pool(weight, 2, 2),
            ),
            # Where the mask is not yet there, too.
            "colours": mouth * ops.mean(
                0.5 * ops.abs(colours - target) * new
            ),
            "difference": 255.0 * ops.mean(ops.abs(fault)),
        }

    def _judge_losses(self, batch, composed, edited):
        """What D_img and Q say of pairs and of labelled photographs.

        Args:
            batch: as that of `compute_losses`.
            composed: of its pairs.
            edited: its labelled photographs as they are asked for, or None.
        """
        true, made, asked = batch["target"], composed, batch["intensities"]
        if edited is not None:
            true = ops.concatenate([true, batch["photograph"]], axis=0)
            made = ops.concatenate([made, edited], axis=0)
            asked = ops.concatenate([asked, batch["asked"]], axis=0)
        (real_logits, real_code), (fake_logits, fake_code) = (
            [ops.cast(part, "float32") for part in self.judge(
                [pictures, ops.zeros_like(asked)], training=True
            )[:2]] for pictures in (true, made)
        )
        pairs = composed.shape[0]
        logs = {
            "image_discriminator_real": losses.discriminator_real(real_logits),
            "image_discriminator_fake": losses.discriminator_fake(fake_logits),
            "q": self._code_loss(real_code[:pairs], batch["intensities"]),
        }
        if edited is not None:
            # A label says which expression, and not how strong it is.
            shown = batch["shown"] * ops.maximum(
                self._strength(real_code[pairs:]), 0.5
            )
            logs["q_photographs"] = self._code_loss(real_code[pairs:], shown)
        objective = sum(logs.values())
        logs["adversarial_image"] = losses.adversarial(
            fake_logits, self.config.adversarial_loss
        )
        logs["q_composed"] = self._code_loss(fake_code, asked)
        if edited is not None:
            # What an edit became is the way back's to mend, not the edit's.
            back = self.model(ops.stop_gradient(edited), shown)
            logs["cycle"] = losses.pixel(0.5 * back, 0.5 * batch["photograph"])
        return logs, objective

    def _code_loss(self, predicted, intensities):
        """Eq. 5 for the code of intensities."""
        config = self.config
        code = ops.repeat(2.0 * intensities - 1.0, config.code_size, axis=1)
        return losses.code_regression(
            predicted, code, config.code_size, config.q_loss
        )

    def _strength(self, predicted):
        """Intensities `[n, K]` of Q's codes, which teach nothing."""
        size = self.config.code_size
        blocks = ops.mean(
            ops.reshape(predicted, (-1, predicted.shape[1] // size, size)), -1
        )
        return ops.stop_gradient(ops.clip((blocks + 1.0) / 2.0, 0.0, 1.0))


def _taught(batch):
    """`[n, s, s, 1]`: where a ratio is known, and says something."""
    new = ops.clip(batch["field"][..., 2:3], 0.0, 1.0)
    return _twice(batch["known"] * (1.0 - new))


def _untaught(log_ratio, taught):
    """The same ratio, which pictures teach only where nothing else does.

    Nobody can tell just where a fold will be: the median of what it may be is
    no fold at all, which is what absolute differences of pictures teach.
    """
    return (
        taught * ops.stop_gradient(log_ratio) + (1.0 - taught) * log_ratio
    )


def _twice(maps):
    """`[n, 2 h, 2 w, c]`, each value four times."""
    return ops.repeat(ops.repeat(maps, 2, axis=1), 2, axis=2)


def _field_losses(batch, made, taught):
    displacement = made["displacement"]
    new = ops.clip(batch["field"][..., 2:3], 0.0, 1.0)
    logits = ops.average_pool(made["mask_logits"], 2, 2)
    entropy = ops.softplus(logits) - new * logits
    return {
        "field": _FIELD_SCALE * ops.mean(
            ops.abs(displacement - batch["field"][..., :2]) * batch["known"]
        ),
        "mask": ops.mean(entropy * batch["judged"]),
        "total_variation": _steps(displacement),
        # Squares teach the mean, and not the median. Were means of four pixels
        # compared, nothing would hold what differs between the four.
        "ratio": _RATIO_SCALE * ops.mean(ops.square(
            made["log_ratio"]
            - enlarged(batch["field"][..., 3:], made["log_ratio"].shape[1])
        ) * taught),
    }


def _steps(maps, weight=None):
    """The mean absolute step between neighbours, down and to the right."""
    total = 0.0
    for axis in (1, 2):
        # Split, and not sliced, as in `networks.motion`.
        _, later = ops.split(maps, [1], axis=axis)
        earlier, _ = ops.split(maps, [maps.shape[axis] - 1], axis=axis)
        step = ops.abs(later - earlier)
        if weight is not None:
            step = step * ops.split(weight, [1], axis=axis)[1]
        total += ops.mean(step)
    return total


def _rate(highest, total_steps):
    warm_up = min(_WARM_UP, math.ceil(total_steps / 10))
    return keras.optimizers.schedules.CosineDecay(
        0.01 * highest, max(total_steps - warm_up, 1), alpha=_LAST_SHARE,
        warmup_target=highest, warmup_steps=warm_up,
    )
