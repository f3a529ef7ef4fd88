"""The three stages of the paper's curriculum."""

from exprgan_tf.stages.base import Stage
from exprgan_tf.stages.controller import ControllerLearning
from exprgan_tf.stages.reconstruction import ImageReconstruction
from exprgan_tf.stages.refining import ImageRefining

STAGE_CLASSES = {
    stage.number: stage
    for stage in (ControllerLearning, ImageReconstruction, ImageRefining)
}

__all__ = [
    "STAGE_CLASSES",
    "ControllerLearning",
    "ImageReconstruction",
    "ImageRefining",
    "Stage",
]
