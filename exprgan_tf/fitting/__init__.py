"""Fitting a model to the faces that are edited."""

from exprgan_tf.fitting.fitted import (
    CANDIDATE_INTENSITIES,
    MODES,
    Fitted,
    fit,
)
from exprgan_tf.fitting.gradient_steps import IdentityRefiner

__all__ = [
    "CANDIDATE_INTENSITIES",
    "MODES",
    "Fitted",
    "IdentityRefiner",
    "fit",
]
