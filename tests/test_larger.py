"""Larger than the paper: bigger images, more classes, many records."""

import json

import numpy as np
import pytest
from conftest import random_batch, tiny_config

from benchmarks.repeated import repeat
from exprgan_tf import ExprGAN
from exprgan_tf.data.batches.tf_data import training_batches
from exprgan_tf.data.records import Dataset
from exprgan_tf.stages import STAGE_CLASSES

EIGHT = tuple("abcdefgh")


@pytest.mark.parametrize("changes", [
    # As in the paper: every block of the decoder upsamples.
    {"image_size": 256, "decoder_channels": (8, 6, 5, 4, 4, 4, 4),
     "decoder_start_size": 0},
    {"classes": EIGHT, "image_size": 256, "q_shared_units": 5,
     "decoder_channels": (8, 6, 5, 4, 4, 4)},
])
def test_large_images_and_many_classes_train(changes):
    config = tiny_config(**changes)
    batch = random_batch(config, 2)
    model = ExprGAN(config)
    for stage_class in STAGE_CLASSES.values():
        before = [np.array(weight.value) for weight in
                  model.decoder.trainable_variables]
        logs = stage_class(model, 3).train_step(batch)
        assert all(np.isfinite(float(value)) for value in logs.values())
        for old, new in zip(
            before, model.decoder.trainable_variables, strict=True
        ):
            assert not np.array_equal(old, new.value)
    made = model.edit(batch["image"], config.classes[-1], refine="none")
    assert made.shape == batch["image"].shape


def test_a_repeated_set_is_a_data_set_that_trains(data_dir, tmp_path):
    records = repeat(data_dir, tmp_path / "large", 10)
    assert records == 120
    dataset = Dataset.open(tmp_path / "large")
    dataset.verify()
    train = json.loads((tmp_path / "large/dataset.json").read_text())[
        "splits"]["train"]
    assert sum(train["subjects"].values()) == 120
    config = tiny_config(batch_sizes=(60,) * 3)
    seen = [
        sorted(batch["image"].numpy().mean(axis=(1, 2, 3)).round(4))
        for batch in training_batches(dataset, config, 1, steps=2)
    ]
    # 36 images, most of them more than three times.
    assert 1 < len(np.unique(np.concatenate(seen))) <= 2 * 36
