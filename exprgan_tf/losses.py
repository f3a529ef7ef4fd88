"""The losses of the paper, Eq. 5 to 10, as pure functions of tensors.

Images are float NHWC in [-1, 1], logits are unnormalized scores `[n, 1]`, and
every loss is a scalar, a mean over the batch.
"""

import math

from keras import ops


def code_regression(predicted, code, code_size, form):
    """Eq. 5, L_Q = -log Q(c | x^, y) with Q a factored unit Gaussian.

    Args:
        predicted: Q's mean, `[n, K d]`.
        code: c, `[n, K d]`.
        code_size: d.
        form: "gaussian" for the log-likelihood as written, "squared_error"
            for the released code's mean over d and sum over the K classes.
    """
    squared = ops.sum(ops.square(predicted - code), axis=1)
    if form == "gaussian":
        constant = code.shape[1] * math.log(2.0 * math.pi)
        return 0.5 * (ops.mean(squared) + constant)
    return ops.mean(squared) / code_size


def pixel(reconstructions, images):
    """Eq. 6, L_pixel: the mean absolute difference."""
    return ops.mean(ops.abs(reconstructions - images))


def identity(features, target_features, betas):
    """Eq. 7, L_id: absolute differences of the layers of phi, weighted.

    Args:
        features: list of phi_l(x^).
        target_features: list of phi_l(x).
        betas: one beta_l a layer.
    """
    return sum(
        beta * ops.mean(ops.abs(target - feature))
        for beta, feature, target in zip(
            betas, features, target_features, strict=True
        )
    )


def discriminator_real(logits):
    """The part of Eq. 8 or 9 for true samples: -E[log D]."""
    return ops.mean(ops.softplus(-logits))


def discriminator_fake(logits):
    """The part of Eq. 8 or 9 for made samples: -E[log(1 - D)]."""
    return ops.mean(ops.softplus(logits))


def adversarial(logits, form):
    """What Eq. 8 or 9 is for the network that makes the samples.

    Args:
        logits: of D on made samples.
        form: "minimax" for E[log(1 - D)] as written, "non_saturating" for
            -E[log D], which the released code minimizes instead.
    """
    if form == "minimax":
        return -discriminator_fake(logits)
    return discriminator_real(logits)


def feature_matching(features, target_features):
    """The released code's `fm_loss`: the mean absolute difference.

    Args:
        features: of D_img on made images, `[n, m]`.
        target_features: of D_img on the true images, `[n, m]`.
    """
    return ops.mean(ops.abs(target_features - features))


def total_variation(images):
    """L_tv of Eq. 10 (Mahendran and Vedaldi 2015): half the squared steps.

    Sums over the image divided by its height, as the released code does.
    """
    down = images[:, 1:, :, :] - images[:, :-1, :, :]
    right = images[:, :, 1:, :] - images[:, :, :-1, :]
    total = ops.sum(ops.square(down)) + ops.sum(ops.square(right))
    count = ops.cast(ops.shape(images)[0], images.dtype)
    return total / (2.0 * images.shape[1] * count)
