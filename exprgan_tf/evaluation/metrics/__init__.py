"""Figures of a model's edits on subjects it was not trained on."""

from exprgan_tf.evaluation.metrics.base import measure
from exprgan_tf.evaluation.metrics.codes import IdentityCodes, Retrieval
from exprgan_tf.evaluation.metrics.expression import (
    ExpressionAccuracy,
    JudgeAccuracy,
    NewFaces,
)
from exprgan_tf.evaluation.metrics.identity import Identity
from exprgan_tf.evaluation.metrics.intensity import Intensity, IntensityTruth
from exprgan_tf.evaluation.metrics.likeness import (
    ColorDrift,
    Reconstruction,
    TargetError,
)
from exprgan_tf.evaluation.metrics.realism import (
    Diversity,
    Realism,
    TrueDiversity,
)

METRICS = (
    ExpressionAccuracy(), JudgeAccuracy(), Identity(), Intensity(),
    IntensityTruth(), TargetError(), ColorDrift(), Reconstruction(),
    Realism(), NewFaces(), Diversity(), TrueDiversity(), IdentityCodes(),
    Retrieval(),
)

__all__ = ["METRICS", "measure"]
