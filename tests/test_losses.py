"""Every loss against its formula, written out with numpy."""

import numpy as np
import pytest

from exprgan_tf import losses

RANDOM = np.random.default_rng(0)


def images(count=3):
    return RANDOM.uniform(-1, 1, (count, 8, 8, 3)).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_code_regression_forms():
    predicted = RANDOM.normal(size=(4, 6)).astype("float32")
    code = RANDOM.normal(size=(4, 6)).astype("float32")
    squared = (predicted - code) ** 2

    density = np.exp(-squared / 2) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(
        losses.code_regression(predicted, code, 2, "gaussian"),
        -np.log(density.prod(axis=1)).mean(), rtol=1e-5,
    )
    # Released: mean over batch and d, sum over the K = 3 classes.
    np.testing.assert_allclose(
        losses.code_regression(predicted, code, 2, "squared_error"),
        squared.reshape(4, 3, 2).mean(axis=(0, 2)).sum(), rtol=1e-5,
    )


def test_pixel_is_mean_absolute_difference():
    a, b = images(), images()
    np.testing.assert_allclose(
        losses.pixel(a, b), np.abs(a - b).mean(), rtol=1e-5
    )


def test_identity_weights_each_layer():
    a, b = [images(), images(2)], [images(), images(2)]
    expected = sum(
        beta * np.abs(x - y).mean()
        for beta, x, y in zip((0.5, 3.0), a, b, strict=True)
    )
    np.testing.assert_allclose(
        losses.identity(a, b, (0.5, 3.0)), expected, rtol=1e-5
    )


def test_adversarial_losses():
    logits = (RANDOM.normal(size=(5, 1)) * 3).astype("float32")
    d = sigmoid(logits)
    for value, expected in (
        (losses.discriminator_real(logits), -np.log(d)),
        (losses.discriminator_fake(logits), -np.log(1 - d)),
        (losses.adversarial(logits, "minimax"), np.log(1 - d)),
        (losses.adversarial(logits, "non_saturating"), -np.log(d)),
    ):
        assert float(value) == pytest.approx(expected.mean(), rel=1e-4)


def test_total_variation():
    x = images()
    expected = sum(
        (np.diff(x, axis=axis) ** 2).sum() / 2 / 8 / len(x)
        for axis in (1, 2)
    )
    np.testing.assert_allclose(losses.total_variation(x), expected, rtol=1e-5)
