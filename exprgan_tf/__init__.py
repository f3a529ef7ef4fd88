"""ExprGAN for Keras 3: facial expressions with controllable intensity."""

from exprgan_tf.support.version import VERSION

__version__ = VERSION


def __getattr__(name):
    # Loading TensorFlow takes seconds, so a command that only reads flags,
    # and a program that only wants the codes, do not pay for the model.
    if name == "ExprGAN":
        from exprgan_tf.model import ExprGAN

        return ExprGAN
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["ExprGAN"]
