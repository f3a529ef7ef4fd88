"""Labelled photographs that were not moved, for the unpaired losses."""

import numpy as np

from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.batches.examples import Records
from exprgan_tf.data.batches.moved import record_picture
from exprgan_tf.data.batches.pair_changes import changed_alike, draw_changes
from exprgan_tf.data.subjects import TEST, VALIDATION
from exprgan_tf.errors import UserError

# How often a neutral photograph is drawn, and how often one that shows
# something is to become neutral. What is asked for is no trace of it.
_NEUTRAL, _TO_NEUTRAL, _LEAST_ASKED = 0.35, 0.5, 0.3


class LabelledPhotographs:
    """Photographs with labels and without intensities, in memory.

    Args:
        dataset: a `Dataset`.
        config: the run's `Config`, with its classes named.
        excluded: people whose photographs are left out.

    Attributes:
        images: uint8 `[n, s, s, 3]`.
        labels: int `[n]`, -1 for neutral ones.

    Raises:
        UserError: when none is left, or one has a label that is no class.
    """

    def __init__(self, dataset, config, excluded):
        records = Records([
            dataset.folder / shard["file"]
            for split in dataset.splits for shard in dataset.shards(split)
            if split not in (VALIDATION, TEST, "ladder")
        ])
        excluded, classes = set(excluded), config.classes
        images, labels = [], []
        for record in records:
            name = record["expression"]
            if record["subject"] in excluded:
                continue
            if name != NEUTRAL and name not in classes:
                raise UserError(
                    f"--motion_photographs={dataset.folder}: {name!r} is "
                    f"none of {', '.join(classes)}"
                )
            images.append(record_picture(record["image"], config.image_size))
            labels.append(-1 if name == NEUTRAL else classes.index(name))
        if not images:
            raise UserError(
                f"--motion_photographs={dataset.folder}: no photograph of "
                "people who are not held out"
            )
        self.images, self.labels = np.stack(images), np.array(labels)
        self._classes = len(classes)
        self._of = {
            label: np.flatnonzero(self.labels == label)
            for label in sorted(set(labels))
        }

    def draw(self, generator, strength):
        """One photograph, every expression as often.

        Args:
            generator: a NumPy generator.
            strength: of what is done to it, see `draw_changes`.

        Returns:
            A dict of float32 arrays: "photograph" `[s, s, 3]` in [-1, 1],
            "shown" `[K]`, 1 at its class, and "asked" `[K]`, what it is to
            show.
        """
        shown, asked = np.zeros((2, self._classes), "float32")
        shows = [label for label in self._of if label >= 0]
        is_neutral = not shows or (
            -1 in self._of and generator.random() < _NEUTRAL
        )
        label = -1 if is_neutral else shows[generator.integers(len(shows))]
        own = self._of[label]
        place = own[generator.integers(len(own))]
        if not is_neutral:
            shown[label] = 1.0
        if is_neutral or generator.random() >= _TO_NEUTRAL:
            asked[generator.integers(self._classes)] = generator.uniform(
                _LEAST_ASKED, 1.0
            )
        images, _ = changed_alike(
            [self.images[place]], np.zeros((2, 2, 2), "float32"),
            draw_changes(generator, strength),
        )
        return {"photograph": images[0], "shown": shown, "asked": asked}
