"""Stage 1, controller learning: expression codes get their meaning."""

from exprgan_tf.stages.base import Stage


class ControllerLearning(Stage):
    """Trains G_dec, D_img and Q with L_Q and L_adv_img only.

    The identity code is random noise z; G_enc and D_z wait.
    """

    number = 1

    def trained_variables(self):
        return self.decoder_and_image_discriminator()

    def compute_losses(self, batch):
        code = self.expression_code(batch)
        made = self.exprgan.decoder([batch["prior"], code])
        logs, discriminator_objective, fake_logits, _ = (
            self.image_discriminator_losses(batch, made, code)
        )
        logs["adversarial_image"] = self.adversarial_loss(fake_logits)
        generator_objective = (
            self.stage_setting("lambda_q") * logs["q"]
            + self.stage_setting("lambda_adversarial_image")
            * logs["adversarial_image"]
        )
        return logs, {
            "generator": generator_objective,
            "image_discriminator": discriminator_objective,
        }
