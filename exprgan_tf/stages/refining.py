"""Stage 3, image refining: all networks, the whole of Eq. 10."""

from exprgan_tf import losses
from exprgan_tf.stages.base import Stage


class ImageRefining(Stage):
    """Trains G_enc, G_dec, D_img, Q and D_z with every loss."""

    number = 3

    def compute_losses(self, batch):
        code = self.expression_code(batch)
        identity = self.exprgan.encoder(batch["source"])
        reconstructions = self.exprgan.decoder([identity, code])
        logs, generator_objective = self.reconstruction_losses(
            reconstructions, batch
        )
        image_logs, image_objective, fake_logits, matching = (
            self.image_discriminator_losses(batch, reconstructions, code)
        )
        generator_objective += self.feature_matching_term(
            image_logs, matching
        )
        latent_logs, latent_objective, face_logits = (
            self.latent_discriminator_losses(batch["prior"], identity)
        )
        logs = {
            **logs, **image_logs, **latent_logs,
            "adversarial_image": self.adversarial_loss(fake_logits),
            "adversarial_latent": self.adversarial_loss(face_logits),
            "total_variation": losses.total_variation(reconstructions),
        }
        generator_objective = (
            generator_objective
            + self.stage_setting("lambda_q") * logs["q"]
            + self.adversarial_terms(logs)
        )
        return logs, {
            "generator": generator_objective,
            "image_discriminator": image_objective,
            "latent_discriminator": latent_objective,
        }
