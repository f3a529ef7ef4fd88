"""Classifiers that learn from true faces, with made ones and without."""

import dataclasses
import math

import keras
import numpy as np

from exprgan_tf.evaluation.learning import (
    BATCH_SIZE,
    expression_network,
    prepare_to_learn,
    varied,
)
from exprgan_tf.model_files.configured_model import in_batches
from exprgan_tf.pictures.levels import to_floats

# A classifier sees the largest set so often, and no fewer images than these
# steps take; every classifier takes as many.
_EPOCHS = 8
_LEAST_STEPS = 1200
# Of a class in a batch. Chosen on some folds of the photographs that
# docs/new_faces.md tells of: with half, or with every face as likely, made
# faces did more harm.
_TRUE_SHARE = 0.75


@dataclasses.dataclass(frozen=True)
class Arm:
    """What a classifier learns from.

    Args:
        people: how many people's true faces; 0: everybody's.
        made: how many made faces beside them.
    """

    people: int
    made: int


def arms(people, counts):
    """An `Arm` for each number of people and of made faces, none first."""
    return [
        Arm(some, count)
        for some in people for count in sorted({0, *counts})
    ]


def steps_for(faces):
    """Steps that each classifier takes.

    Args:
        faces: how many the largest set has, true and made.
    """
    return max(_LEAST_STEPS, math.ceil(_EPOCHS * faces / BATCH_SIZE))


def answers(arm, true, made, asked, config, seed, steps, tell):
    """What a classifier answers that learned as an arm says.

    Every class is as likely in a batch, so that made faces cannot help by
    evening out the classes alone. Of a class every face is as likely, but
    true ones are three quarters of it at least, where there are any.

    Args:
        arm: an `Arm`.
        true: `Faces` to learn from; the arm says of how many people.
        made: `Faces` of people who are not asked about.
        asked: `Faces` to tell.
        config: a `Config`: classes and size.
        seed: of weights, people, faces and order; of two arms that differ
            in `made` alone, the people and the first weights are the same.
        steps: how many of `BATCH_SIZE` faces.
        tell: called after each step.

    Returns:
        int `[len(asked)]`, labels.
    """
    keras.utils.set_random_seed(seed)
    network = expression_network(config)
    prepare_to_learn(
        network, keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps,
    )
    true = true.of_people(arm.people, np.random.default_rng(seed))
    made = made.first(arm.made, np.random.default_rng(seed))
    images = np.concatenate([true.image, made.image])
    labels = np.concatenate([true.label, made.label])
    likely = _likely(labels, np.arange(len(labels)) < len(true))
    generator = np.random.default_rng(seed)
    for _ in range(steps):
        rows = generator.choice(len(labels), BATCH_SIZE, p=likely)
        network.train_on_batch(
            varied(to_floats(images[rows]), generator), labels[rows]
        )
        tell()
    return in_batches(
        lambda part: network(part, training=False), 256, to_floats(asked.image)
    ).argmax(axis=1)


def _likely(labels, is_true):
    """How likely each face is in a draw, `[n]`."""
    likely = np.zeros(len(labels))
    for label in np.unique(labels):
        own = labels == label
        true, made = (own & part for part in (is_true, ~is_true))
        share = true.sum() / own.sum()
        if true.any():
            share = max(share, _TRUE_SHARE)
        likely[true] = share / max(true.sum(), 1)
        likely[made] = (1 - share) / max(made.sum(), 1)
    return likely / likely.sum()
