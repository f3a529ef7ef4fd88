"""Models with weights of 16 bits."""

import numpy as np
import pytest
from conftest import tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.packing import pack
from exprgan_tf.training.classifier import ExpressionClassifier


@pytest.mark.parametrize("kind", [ExprGAN, ExpressionClassifier])
def test_a_packed_model_is_the_model_in_16_bits(kind, tmp_path):
    whole, packed = tmp_path / "whole.keras", tmp_path / "packed.keras"
    model = kind(tiny_config())
    model.save(whole)
    pack(whole, packed)
    loaded = kind.load(packed)
    assert loaded.config == model.config
    for before, after in zip(
        model.get_weights(), loaded.get_weights(), strict=True
    ):
        assert after.dtype == np.float32
        np.testing.assert_array_equal(
            np.asarray(before).astype("float16"), after
        )
    assert packed.stat().st_size < 0.8 * whole.stat().st_size


def test_what_cannot_be_packed_is_named(tmp_path):
    text = tmp_path / "text.keras"
    text.write_text("no model")
    with pytest.raises(UserError, match=r"text\.keras: no file of a model"):
        pack(text, tmp_path / "packed.keras")
    large = ExprGAN(tiny_config())
    large.decoder.weights[0].assign(large.decoder.weights[0] + 1e5)
    large.save(tmp_path / "large.keras")
    with pytest.raises(UserError, match="too large for 16 bits"):
        pack(tmp_path / "large.keras", tmp_path / "packed.keras")
    assert not (tmp_path / "packed.keras").exists()
