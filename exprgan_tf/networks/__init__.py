"""The networks of ExprGAN, built from a `Config`."""

from exprgan_tf.networks.decoder import build_decoder
from exprgan_tf.networks.encoder import build_encoder
from exprgan_tf.networks.face_features import FaceFeatures
from exprgan_tf.networks.image_discriminator import build_image_discriminator
from exprgan_tf.networks.latent_discriminator import (
    build_latent_discriminator,
)

__all__ = [
    "FaceFeatures",
    "build_decoder",
    "build_encoder",
    "build_image_discriminator",
    "build_latent_discriminator",
]
