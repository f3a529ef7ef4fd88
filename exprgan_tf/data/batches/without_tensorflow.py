"""From shards to batches without TensorFlow, as a function of the step.

Nothing here has a state, as in `tf_data.py`: the order of an epoch, flips,
noise and changes of images follow from the seed and the step alone. The draws
are NumPy's, so a run is repeatable, but is not the run of TensorFlow.
"""

import collections
import concurrent.futures
import functools
import itertools

import keras
import numpy as np

from exprgan_tf.data.batches.changes import CHANGES, OTHER_DRAWS
from exprgan_tf.data.batches.examples import Records
from exprgan_tf.data.batches.numpy_images import changed, decode_image
from exprgan_tf.data.subjects import (
    TRAIN,
    steps_per_epoch,
    training_subjects,
)
from exprgan_tf.errors import UserError
from exprgan_tf.intensities import near_intensity

_THREADS = 4

# Far from the seeds of all other draws.
_ORDER = 1 << 41


class Batches(keras.utils.PyDataset):
    """Batches as a function of their number, made ahead by threads.

    Keras's `fit` takes it; a loop over it gives the batches in order.

    Args:
        make: a function from a number to a batch.
        first: the number of the first batch.
        steps: how many there are; None: without end.
    """

    def __init__(self, make, first=0, steps=None):
        super().__init__(workers=_THREADS, max_queue_size=_THREADS)
        self._make = make
        self._first = first
        self._steps = steps

    @property
    def num_batches(self):
        return self._steps

    def __getitem__(self, index):
        return self._make(self._first + index)

    def map(self, function):
        """The same batches, each after a function."""
        return Batches(
            lambda step: function(self._make(step)), self._first, self._steps
        )

    def __iter__(self):
        pending = collections.deque()
        pool = concurrent.futures.ThreadPoolExecutor(_THREADS)
        numbers = (
            itertools.count() if self._steps is None else range(self._steps)
        )
        try:
            for number in numbers:
                pending.append(pool.submit(self.__getitem__, number))
                if len(pending) > _THREADS:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def training_batches(
    dataset, config, stage, first_step=0, steps=None, features=None
):
    """Batches of a stage, from a step on.

    All images are shuffled together, whatever `shuffle_buffer` is.

    Args:
        dataset: a `Dataset`.
        config: the run's `Config`, with its classes named.
        stage: 1, 2 or 3; each has its own draws.
        first_step: how many batches of the stage are done already.
        steps: how many to yield; None: without end.
        features: a `FeatureCache`, which adds "face_features".

    Returns:
        `Batches` of the dicts of arrays that `Stage` describes, with
        "subject" and "row" as `tf_data.py` has them.
    """
    batch_size = config.batch_sizes[stage - 1]
    epoch_steps = steps_per_epoch(dataset, config, batch_size)
    images = epoch_steps * batch_size
    seed = config.seed * len(config.batch_sizes) + stage
    names = training_subjects(dataset, config)
    records = Records(_files(dataset, TRAIN))
    places = {name: place for place, name in enumerate(names)}
    # Which person each record shows; -1 for those that are held out.
    subjects = np.array([
        places.get(record["subject"], -1) for record in records
    ])

    @functools.lru_cache(maxsize=2)
    def order_of(epoch):
        order = _generator(seed + _ORDER, epoch).permutation(
            np.flatnonzero(subjects >= 0)
        )
        if config.source_images == "pairs":
            order = _in_pairs(order, subjects)
        return order

    def one(number, epoch, position):
        record = records[number]
        if config.repeat_draws:
            epoch = 0
        draw = epoch * images + position
        noise = _uniform(
            seed, draw, config.code_size + config.identity_size
        )
        code_noise, prior = np.split(noise, [config.code_size])
        if config.source_images != "same":
            # Images of one person must be changed alike.
            draw = epoch * len(names) + subjects[number]
        flip, *changes = _uniform(seed + OTHER_DRAWS, draw, 1 + CHANGES)
        image = decode_image(record["image"], config)
        if flip > 0:
            image = image[:, ::-1]
        if config.augmentation:
            image = changed(image, np.array(changes) * config.augmentation)
        if config.code_intensity == "label" and stage > 1 and (
            record["intensity"] >= 0
        ):
            code_noise = near_intensity(record["intensity"], code_noise)
        return {
            "image": image,
            "label": np.array(
                [record["expression"] == name for name in config.classes],
                "float32",
            ),
            "subject": subjects[number],
            "row": 2 * number + (flip > 0),
            "code_noise": code_noise,
            "prior": prior,
        }

    def make(step):
        epoch, place = divmod(step, epoch_steps)
        first = place * batch_size
        numbers = order_of(epoch)[first : first + batch_size]
        items = [
            one(number, epoch, position)
            for position, number in enumerate(numbers, start=first)
        ]
        batch = {
            name: np.stack([item[name] for item in items])
            for name in items[0]
        }
        source = batch["image"]
        if config.source_images != "same":
            source = source[_partners(batch["subject"])]
        batch["source"] = source
        if features is not None:
            batch["face_features"] = tuple(features.read(batch["row"]))
        return batch

    return Batches(make, first_step, steps)


def stored_images(dataset, config, first, count):
    """Training images as they lie in the shards, as that of `tf_data.py`."""
    records = Records(_files(dataset, TRAIN))

    def make(step):
        start = first + step * count
        return np.stack([
            decode_image(records[number]["image"], config)
            for number in range(start, min(start + count, len(records)))
        ])

    return Batches(make, steps=-(-(len(records) - first) // count))


def load_split(dataset, split, config, subjects=None):
    """A whole split in memory, as that of `tf_data.py`.

    Raises:
        UserError: when there is no such split, or it holds no image.
    """
    dataset.require_split(split)
    items = [
        record for record in Records(_files(dataset, split))
        if subjects is None or record["subject"] in subjects
    ]
    if not items:
        raise UserError(f"{dataset.folder}: split {split!r} holds no image")
    with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
        images = list(pool.map(
            lambda item: decode_image(item["image"], config), items
        ))
    labels = {name: index for index, name in enumerate(config.classes)}
    return {
        "image": np.stack(images),
        "intensity": np.array(
            [item["intensity"] for item in items], "float32"
        ),
        "label": np.array(
            [labels.get(item["expression"], -1) for item in items]
        ),
        **{name: np.array([item[name] for item in items])
           for name in ("subject", "expression")},
    }


def _files(dataset, split):
    return [dataset.folder / shard["file"] for shard in dataset.shards(split)]


def _generator(seed, number):
    """A generator of its own for each pair, as stateless draws have."""
    return np.random.Generator(np.random.Philox(
        key=np.array([seed % 2**64, number], "uint64")
    ))


def _uniform(seed, number, count):
    draws = _generator(seed, number).random(count, "float32")
    return draws * np.float32(2.0) - np.float32(1.0)


def _in_pairs(order, subjects):
    """The same records, those of a person two by two as they come along.

    What has no partner comes at the end.
    """
    paired, waiting = [], {}
    for number in order:
        subject = subjects[number]
        if subject in waiting:
            paired += [waiting.pop(subject), number]
        else:
            waiting[subject] = number
    return np.array([*paired, *waiting.values()])


def _partners(subjects):
    """For each image of a batch the next one of the same person, or itself.

    Args:
        subjects: int `[n]`.

    Returns:
        int `[n]`, indices into the batch.
    """
    count = len(subjects)
    place = np.arange(count)
    # Row i: how far each image is behind image i, going round.
    behind = (place[None, :] - place[:, None]) % count
    same = (subjects[:, None] == subjects[None, :]) & (behind > 0)
    distance = np.where(same, behind, count)
    return np.where(same.any(axis=1), distance.argmin(axis=1), place)
