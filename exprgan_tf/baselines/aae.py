"""AAE (Makhzani et al. 2015), Eq. 2."""

import keras

from exprgan_tf import losses
from exprgan_tf.stages import Stage


class AdversarialAutoencoder(Stage):
    """An autoencoder whose code D_z shapes like the prior, without labels.

    It knows no expression: the decoder's expression code is always zero.
    """

    number = 3
    title = "aae"

    def trained_variables(self):
        groups = super().trained_variables()
        del groups["image_discriminator"]
        return groups

    def compute_losses(self, batch):
        config = self.config
        identity = self.exprgan.encoder(batch["source"])
        code = keras.ops.zeros((identity.shape[0], config.code_length))
        made = self.exprgan.decoder([identity, code])
        latent_logs, latent_objective, face_logits = (
            self.latent_discriminator_losses(batch["prior"], identity)
        )
        logs = {
            "pixel": losses.pixel(made, batch["image"]),
            **latent_logs,
            "adversarial_latent": self.adversarial_loss(face_logits),
        }
        return logs, {
            "generator": logs["pixel"]
            + config.lambda_adversarial_latent * logs["adversarial_latent"],
            "latent_discriminator": latent_objective,
        }
