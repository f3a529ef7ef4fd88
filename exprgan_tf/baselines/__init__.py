"""What the paper compares ExprGAN with, built from the same networks."""

from exprgan_tf.baselines.aae import AdversarialAutoencoder
from exprgan_tf.baselines.caae import ConditionalAdversarialAutoencoder
from exprgan_tf.baselines.cgan import ConditionalGAN
from exprgan_tf.baselines.joint import JointExprGAN
from exprgan_tf.stages import STAGE_CLASSES

# A model that is not trained in stages has one, with the settings (batch
# size, rates, weights of losses) and the files of stage 3.
ONE_STAGE = {
    "exprgan_joint": JointExprGAN,
    "caae": ConditionalAdversarialAutoencoder,
    "aae": AdversarialAutoencoder,
    "cgan": ConditionalGAN,
}


def stage_classes(model_type):
    """The stages of a model type: a dict from number to class."""
    if model_type in ONE_STAGE:
        return {3: ONE_STAGE[model_type]}
    return STAGE_CLASSES


__all__ = [
    "AdversarialAutoencoder",
    "ConditionalAdversarialAutoencoder",
    "ConditionalGAN",
    "JointExprGAN",
    "stage_classes",
]
