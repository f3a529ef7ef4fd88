"""phi on the stand-in of VGG-Face: resize, channel order, taps."""

import numpy as np
import pytest

from exprgan_tf.networks.face_features import legacy_bilinear_resize

from .parity_set import relative_difference

# Rounding of images on the scale 0 to 255 leaves a little more than elsewhere.
FORWARD = 1e-4
IMAGES = {"real": "in/image", "fake": "joint/out/G"}


@pytest.mark.parametrize("which", IMAGES)
def test_resized_images(parity, which):
    images = parity[IMAGES[which]]
    resized = np.asarray(
        (legacy_bilinear_resize(images, parity.phi.input_size) + 1) * 127.5,
        "float64",
    )

    key = f"vgg/resized_{which}"
    rows = parity[f"{key}/rows0_16"]
    assert relative_difference(resized[0, : len(rows)], rows) < FORWARD
    assert relative_difference(resized.mean(), parity[f"{key}/mean"]) < FORWARD
    assert relative_difference(resized.std(), parity[f"{key}/std"]) < FORWARD


@pytest.mark.parametrize("which", IMAGES)
def test_features_before_their_relu(parity, which):
    features = parity.phi(parity[IMAGES[which]])

    compared = 0
    for block, feature in enumerate(features, start=1):
        feature = np.asarray(feature)
        expected = parity.under(f"vgg/{which}_conv{block}_2/")
        if "sample0" in expected:
            sample = expected["sample0"]
            stride = feature.shape[1] // sample.shape[0]
            found = feature[0, ::stride, ::stride]
            assert relative_difference(found, sample) < FORWARD
        for name in {"mean", "std"} & set(expected):
            found = getattr(np, name)(feature.astype("float64"))
            assert relative_difference(found, expected[name]) < FORWARD
            compared += 1
        whole = parity.arrays.get(f"vgg/{which}_conv{block}_2")
        if whole is not None:
            assert relative_difference(feature, whole) < FORWARD
    assert compared >= 4
