"""CGAN (Mirza and Osindero 2014), Eq. 1."""

from exprgan_tf import codes
from exprgan_tf.stages import Stage


class ConditionalGAN(Stage):
    """Images of random identity codes and labels, against D_img.

    It has no encoder, so it makes faces and edits none.
    """

    number = 3
    title = "cgan"

    def trained_variables(self):
        return self.decoder_and_image_discriminator()

    def compute_losses(self, batch):
        code = codes.label_code(batch["label"], self.config.code_size)
        made = self.exprgan.decoder([batch["prior"], code])
        logs, image_objective, fake_logits = (
            self.plain_discriminator_losses(batch, made)
        )
        logs["adversarial_image"] = self.adversarial_loss(fake_logits)
        return logs, {
            "generator": logs["adversarial_image"],
            "image_discriminator": image_objective,
        }
