"""ExprGAN without its curriculum: every loss from the first step on."""

from exprgan_tf.stages import ImageRefining


class JointExprGAN(ImageRefining):
    """Eq. 10 on fresh weights, which the paper finds hard to train."""

    title = "exprgan_joint"
