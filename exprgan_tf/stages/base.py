"""What the three stages share: optimizers, rates and the parts of losses."""

import keras
from keras import ops

from exprgan_tf import codes, losses
from exprgan_tf.config import STAGES
from exprgan_tf.stages.updates import Updates
from exprgan_tf.support.adam import Adam


class IdentityLoss:
    """Eq. 7 with a fixed phi.

    A plain object, so that the weights of phi stay out of checkpoints.

    Args:
        face_features: a `FaceFeatures` network.
    """

    def __init__(self, face_features):
        face_features.trainable = False
        self._phi = face_features

    @property
    def variables(self):
        return self._phi.variables

    def __call__(self, reconstructions, batch):
        # Two calls: joining the batches would send gradients through the
        # half that needs none.
        targets = batch.get("face_features")
        if targets is None:
            targets = self._phi(batch["image"])
        return losses.identity(
            self._phi(reconstructions),
            [ops.cast(target, "float32") for target in targets],
            self._phi.betas,
        )


class Stage(Updates):
    """One stage of the curriculum, a model whose `train_step` is its update.

    A batch is a dict of float tensors: "image" `[n, s, s, 3]` in [-1, 1],
    "source", what the encoder sees of the same person, in the paper the same
    image, "label" one-hot `[n, K]`, "code_noise" z_y `[n, d]` and "prior" z
    `[n, identity_size]`, both from U(-1, 1). Noise comes with the batch so
    that a step is a function of its weights and its batch alone: it resumes
    exactly, and replicas never draw the same numbers. It may hold
    "face_features", phi of the images, computed before.

    Args:
        model: the `ExprGAN` to train.
        total_steps: steps of the stage, for the learning rate's decay.
        face_features: phi of Eq. 7, or None for no identity loss.
        make_optimizer: a function from a learning rate (number or schedule)
            to a Keras optimizer; None: Adam with the config's settings.
    """

    title = None

    def __init__(
        self, model, total_steps, face_features=None, make_optimizer=None
    ):
        super().__init__(name=self.title or STAGES[self.number - 1])
        self.exprgan = model
        self.config = model.config
        self.identity_loss = (
            IdentityLoss(face_features) if face_features else None
        )
        make_optimizer = make_optimizer or self._adam
        rate = self._learning_rate(total_steps)
        self.generator_optimizer = make_optimizer(rate)
        self.image_discriminator_optimizer = make_optimizer(rate)
        self.latent_discriminator_optimizer = make_optimizer(rate)
        self.ready()

    def trained_variables(self):
        """The variables of each optimizer, a dict of lists: of all networks.

        A stage that trains fewer says so.
        """
        exprgan = self.exprgan
        return {
            "generator": exprgan.encoder.trainable_variables
            + exprgan.decoder.trainable_variables,
            "image_discriminator":
                exprgan.image_discriminator.trainable_variables,
            "latent_discriminator":
                exprgan.latent_discriminator.trainable_variables,
        }

    @property
    def network_variables(self):
        return self.exprgan.variables

    @property
    def fixed(self):
        return self.identity_loss.variables if self.identity_loss else []

    # The parts of which the stages are made.

    def expression_code(self, batch):
        return codes.expression_code(
            batch["label"], batch["code_noise"], self.config.code_form
        )

    def image_discriminator_losses(self, batch, made_images, code):
        """Eq. 5 and 9 on true and made images, in two separate batches.

        Returns:
            `(logs, objective of D_img and Q, logits of the made images,
            feature-matching loss)`.
        """
        discriminator = self.exprgan.image_discriminator
        real_logits, _, real_features = discriminator(
            [batch["image"], batch["label"]], training=True
        )
        fake_logits, predicted_code, fake_features = discriminator(
            [made_images, batch["label"]], training=True
        )
        logs = {
            "image_discriminator_real": losses.discriminator_real(real_logits),
            "image_discriminator_fake": losses.discriminator_fake(fake_logits),
            "q": self.q_loss(predicted_code, code),
        }
        return (
            logs, sum(logs.values()), fake_logits,
            losses.feature_matching(fake_features, real_features),
        )

    def plain_discriminator_losses(self, batch, made_images):
        """Eq. 9 alone, for the baselines, which have no Q.

        Returns:
            `(logs, objective of D_img, logits of the made images)`.
        """
        discriminator = self.exprgan.image_discriminator
        real_logits, *_ = discriminator(
            [batch["image"], batch["label"]], training=True
        )
        fake_logits, *_ = discriminator(
            [made_images, batch["label"]], training=True
        )
        logs = {
            "image_discriminator_real": losses.discriminator_real(real_logits),
            "image_discriminator_fake": losses.discriminator_fake(fake_logits),
        }
        return logs, sum(logs.values()), fake_logits

    def latent_discriminator_losses(self, prior, identity):
        """Eq. 8 on codes of the prior and of faces, in separate batches.

        Returns:
            `(logs, objective of D_z, logits of the faces' codes)`.
        """
        discriminator = self.exprgan.latent_discriminator
        prior_logits = discriminator(prior, training=True)
        face_logits = discriminator(identity, training=True)
        logs = {
            "latent_discriminator_prior": losses.discriminator_real(
                prior_logits
            ),
            "latent_discriminator_face": losses.discriminator_fake(
                face_logits
            ),
        }
        return logs, sum(logs.values()), face_logits

    def reconstruction_losses(self, reconstructions, batch):
        """Eq. 6 and 7.

        Returns:
            `(logs, weighted sum)`.
        """
        logs = {"pixel": losses.pixel(reconstructions, batch["image"])}
        total = logs["pixel"]
        if self.identity_loss:
            logs["identity"] = self.identity_loss(reconstructions, batch)
            total = total + self.config.lambda_identity * logs["identity"]
        return logs, total

    def adversarial_terms(self, logs):
        """What Eq. 10 adds for D_img, D_z and the total variation."""
        config = self.config
        return (
            self.stage_setting("lambda_adversarial_image")
            * logs["adversarial_image"]
            + config.lambda_adversarial_latent * logs["adversarial_latent"]
            + config.lambda_tv * logs["total_variation"]
        )

    def decoder_and_image_discriminator(self):
        """`trained_variables` of what makes images out of noise."""
        return {
            "generator": self.exprgan.decoder.trainable_variables,
            "image_discriminator":
                self.exprgan.image_discriminator.trainable_variables,
        }

    def feature_matching_term(self, logs, matching):
        """The weighted loss, which enters the logs unless it is off."""
        weight = self.config.lambda_feature_matching
        if not weight:
            return 0.0
        logs["feature_matching"] = matching
        return weight * matching

    def q_loss(self, predicted_code, code):
        return losses.code_regression(
            predicted_code, code, self.config.code_size, self.config.q_loss
        )

    def adversarial_loss(self, logits):
        return losses.adversarial(logits, self.config.adversarial_loss)

    def stage_setting(self, name):
        """The entry for this stage of a "one a stage" setting."""
        return getattr(self.config, name)[self.number - 1]

    def _learning_rate(self, total_steps):
        first = self.stage_setting("learning_rates")
        last = self.stage_setting("final_learning_rates")
        if first == last:
            return first
        return keras.optimizers.schedules.PolynomialDecay(
            first, total_steps, end_learning_rate=last
        )

    def _adam(self, learning_rate):
        return Adam(
            learning_rate,
            beta_1=self.config.adam_beta_1,
            beta_2=self.config.adam_beta_2,
            epsilon=self.config.adam_epsilon,
            use_ema=self.config.average_weights > 0,
            ema_momentum=self.config.average_weights or 0.99,
        )
