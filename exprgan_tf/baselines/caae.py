"""CAAE (Zhang, Song, Qi 2017): the comparison of Fig. 2."""

from exprgan_tf import codes, losses
from exprgan_tf.stages import Stage


class ConditionalAdversarialAutoencoder(Stage):
    """An autoencoder with D_z on its code and D_img on its images.

    It takes the label itself, as +1 and -1, instead of an expression code,
    and has neither Q nor phi. Its losses are Eq. 6, 8 and 9 and the total
    variation.
    """

    number = 3
    title = "caae"

    def compute_losses(self, batch):
        code = codes.label_code(batch["label"], self.config.code_size)
        identity = self.exprgan.encoder(batch["source"])
        made = self.exprgan.decoder([identity, code])
        image_logs, image_objective, fake_logits = (
            self.plain_discriminator_losses(batch, made)
        )
        latent_logs, latent_objective, face_logits = (
            self.latent_discriminator_losses(batch["prior"], identity)
        )
        logs = {
            "pixel": losses.pixel(made, batch["image"]),
            **image_logs, **latent_logs,
            "adversarial_image": self.adversarial_loss(fake_logits),
            "adversarial_latent": self.adversarial_loss(face_logits),
            "total_variation": losses.total_variation(made),
        }
        return logs, {
            "generator": logs["pixel"] + self.adversarial_terms(logs),
            "image_discriminator": image_objective,
            "latent_discriminator": latent_objective,
        }
