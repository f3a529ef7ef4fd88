"""Pairs of pictures of one photograph, as a function of the step number.

A pair is what the network sees and what it is to make of it, the code that
asks for it, and the motion between the two.
"""

import numpy as np

from exprgan_tf.data.batches.pair_changes import (
    changed_alike,
    draw_changes,
    motion_between,
)
from exprgan_tf.data.batches.without_tensorflow import Batches

# Far from the seeds of all other draws.
_PAIRS, _PHOTOGRAPHS = 1 << 42, 1 << 43
# Kinds of pairs, in the order of `motion_pairs`.
TO_EXPRESSION, TO_NEUTRAL, TO_OTHER, SAME = range(4)


def pair_batches(
    moved, config, motion, first_step=0, steps=None, photographs=None
):
    """Batches of pairs, from a step on; the same at each call.

    Args:
        moved: `MovedPhotographs`.
        config: the run's `Config`.
        motion: the run's `MotionConfig`.
        first_step: how many batches are done already.
        steps: how many to yield; None: without end.
        photographs: `LabelledPhotographs`, or None.

    Returns:
        `Batches` of dicts of float32 arrays: "image" and "target"
        `[n, s, s, 3]` in [-1, 1], "intensities" `[n, K]`, "field"
        `[n, s/2, s/2, 4]`, the motion from image to target, what is new
        there, and the logarithm of the ratio, "known" `[n, s/2, s/2, 1]`,
        where displacement and ratio are known, and "judged"
        `[n, s/2, s/2, 1]`, where the mask is. With photographs also what
        these draw.
    """
    shares = np.cumsum(motion.motion_pairs) / np.sum(motion.motion_pairs)
    size = motion.motion_batch_size

    def generator_of(stream, position):
        return np.random.Generator(np.random.Philox(key=np.array(
            [(config.seed + stream) % 2**64, position], "uint64"
        )))

    def one(position):
        generator = generator_of(_PAIRS, position)
        first, second = draw_pair(moved, shares, generator)
        return _pair(moved, first, second, config.augmentation, generator)

    def make(step):
        batch = _stacked(
            [one(step * size + place) for place in range(size)]
        )
        if photographs:
            count = motion.motion_photographs_batch_size
            batch |= _stacked([
                photographs.draw(
                    generator_of(_PHOTOGRAPHS, step * count + place),
                    config.augmentation,
                ) for place in range(count)
            ])
        return batch

    return Batches(make, first_step, steps)


def _stacked(rows):
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def draw_pair(moved, shares, generator):
    """Numbers of two pictures of one photograph.

    Args:
        moved: `MovedPhotographs`.
        shares: ascending, the last is 1: bounds of the kinds.
        generator: a NumPy generator.
    """
    kind = int(np.searchsorted(shares, generator.random(), side="right"))
    photograph = moved.photographs[
        generator.integers(len(moved.photographs))
    ]
    first, second = generator.choice(photograph.others, 2)
    if kind == TO_EXPRESSION:
        return photograph.untouched, generator.choice(photograph.targets)
    if kind == TO_NEUTRAL:
        return first, photograph.neutral
    if kind == SAME:
        place = photograph.neutral if generator.random() < 0.5 else first
        return place, place
    return first, second


def _pair(moved, first, second, strength, generator):
    fields = [
        moved.fields[place].astype("float32") for place in (first, second)
    ]
    field, known, judged = motion_between(
        *fields, not fields[0].any(), first == second
    )
    changes = draw_changes(generator, strength)
    images, extra = changed_alike(
        [moved.images[place] for place in (first, second)],
        np.concatenate([field, known, judged], -1), changes,
    )
    return {
        "image": images[0], "target": images[1],
        "intensities": moved.intensities_of(second),
        "field": extra[..., :4], "known": extra[..., 4:5],
        "judged": extra[..., 5:6],
    }
