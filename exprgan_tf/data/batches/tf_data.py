"""From shards to batches, as a function of the step number.

Nothing here has a state. The order of an epoch follows from the seed and the
epoch, flips and noise of an image from the seed and its position in the run,
so a stage resumes at any step by asking for the batches from there. The order
also follows the global seed of TensorFlow, which a run sets to its own.
"""

import os

import numpy as np
import tensorflow as tf

from exprgan_tf.data.batches.changes import CHANGES, OTHER_DRAWS
from exprgan_tf.data.batches.tf_images import changed, decode_image
from exprgan_tf.data.records import parse_record
from exprgan_tf.data.subjects import (
    TRAIN,
    held_out_subjects,
    steps_per_epoch,
    training_subjects,
)
from exprgan_tf.errors import UserError


def training_batches(
    dataset, config, stage, first_step=0, steps=None, features=None,
    part=(0, 1),
):
    """Batches of a stage, from a step on.

    Args:
        dataset: a `Dataset`.
        config: the run's `Config`, with its classes named.
        stage: 1, 2 or 3; each has its own draws.
        first_step: how many batches of the stage are done already.
        steps: how many to yield; None: without end.
        features: a `FeatureCache`, which adds "face_features".
        part: `(index, count)`: only that one of so many equal parts of each
            batch, for one of several workers.

    Returns:
        A `tf.data.Dataset` of the dicts that `Stage` describes, with
        "subject" as well, indices into `training_subjects`, and "row": twice
        the record's place in the split, and 1 more for a mirrored image.
    """
    batch_size = config.batch_sizes[stage - 1]
    images = steps_per_epoch(dataset, config, batch_size) * batch_size
    first_epoch, first_image = divmod(first_step * batch_size, images)
    first, last = (batch_size * (part[0] + end) // part[1] for end in (0, 1))
    # Another image of a person may lie in any part of the batch.
    decodes_all = config.source_images != "same"
    seed = config.seed * len(config.batch_sizes) + stage
    names = training_subjects(dataset, config)

    def one_epoch(epoch):
        records = _shuffled_records(dataset, config, seed, epoch)
        if config.source_images == "pairs":
            records = _in_pairs(records, names)
        positions = tf.data.Dataset.range(images)
        return tf.data.Dataset.zip(records.take(images), positions).map(
            lambda record, position: (record, epoch, position)
        )

    def in_part(record, epoch, position):
        place = position % batch_size
        return tf.logical_and(place >= first, place < last)

    def finish(record, epoch, position):
        if config.repeat_draws:
            epoch = tf.zeros_like(epoch)
        draw = epoch * images + position
        code_noise, prior = tf.split(
            tf.random.stateless_uniform(
                [config.code_size + config.identity_size], [seed, draw],
                -1.0, 1.0,
            ),
            [config.code_size, config.identity_size],
        )
        if config.source_images != "same":
            # Images of one person must be changed alike.
            draw = epoch * len(names) + tf.argmax(record["subject"] == names)
        flip, changes = tf.split(
            tf.random.stateless_uniform(
                [1 + CHANGES], [seed + OTHER_DRAWS, draw], -1.0, 1.0
            ),
            [1, CHANGES],
        )
        image = decode_image(record["image"], config)
        image = tf.cond(
            flip[0] > 0, lambda: tf.reverse(image, [1]), lambda: image
        )
        if config.augmentation:
            image = changed(image, changes * config.augmentation)
        if config.code_intensity == "label" and stage > 1:
            code_noise = _near_intensity(record["intensity"], code_noise)
        return {
            "image": image,
            "label": one_hot_label(record["expression"], config),
            "subject": tf.argmax(record["subject"] == names),
            "row": 2 * record["index"] + tf.cast(flip[0] > 0, tf.int64),
            "code_noise": code_noise,
            "prior": prior,
        }

    def add_source(batch):
        if not decodes_all:
            return {**batch, "source": batch["image"]}
        source = tf.gather(batch["image"], _partners(batch["subject"]))
        return {
            name: values[first:last]
            for name, values in {**batch, "source": source}.items()
        }

    records = (
        tf.data.Dataset.range(first_epoch, tf.int64.max)
        .flat_map(one_epoch)
        .skip(first_image)
    )
    if not decodes_all:
        records = records.filter(in_part)
    batches = (
        records.map(finish, tf.data.AUTOTUNE, deterministic=True)
        .batch(batch_size if decodes_all else last - first,
               drop_remainder=True)
        .map(add_source, tf.data.AUTOTUNE, deterministic=True)
    )
    if steps is not None:
        batches = batches.take(steps)
    if features is not None:
        batches = batches.map(features.join)
    # Threads of its own: training leaves the shared pool only one.
    options = tf.data.Options()
    options.threading.private_threadpool_size = 4
    return batches.prefetch(1 if features else 4).with_options(options)


def stored_images(dataset, config, first, count):
    """Training images as they lie in the shards, from one on.

    Those of held-out subjects are among them.

    Args:
        dataset: a `Dataset`.
        config: the run's `Config`.
        first: the place of the first image in the split.
        count: images at once.

    Returns:
        An iterable of `[count or less, s, s, 3]` in [-1, 1].
    """
    return _stored_records(*_shard_files(dataset)).skip(first).map(
        lambda record: decode_image(record["image"], config)
    ).batch(count).prefetch(1)


def _shuffled_records(dataset, config, seed, epoch):
    """Parsed records of one epoch in that epoch's order."""
    records = _stored_records(*(
        tf.random.experimental.stateless_shuffle(values, [seed, epoch])
        for values in _shard_files(dataset)
    ))
    if held_out := held_out_subjects(dataset, config):
        records = records.filter(
            lambda record: tf.reduce_all(record["subject"] != held_out)
        )
    shuffle_seed = tf.random.stateless_uniform(
        [], [seed, epoch], 1, tf.int64.max, tf.int64
    )
    return records.shuffle(
        config.shuffle_buffer, shuffle_seed, reshuffle_each_iteration=False
    )


def _shard_files(dataset):
    """Shards of the training split, and the place of their first record."""
    shards = dataset.shards(TRAIN)
    ends = np.cumsum([shard["records"] for shard in shards])
    return (
        tf.constant([
            os.fsencode(dataset.folder / shard["file"]) for shard in shards
        ]),
        tf.constant([0, *ends[:-1]], tf.int64),
    )


def _stored_records(files, firsts):
    """Parsed records of shards, each with its "index" in the split."""
    return tf.data.Dataset.from_tensor_slices((files, firsts)).flat_map(
        lambda file, first: tf.data.TFRecordDataset(file).enumerate(first)
    ).map(lambda index, record: {**parse_record(record), "index": index})


def _in_pairs(records, names):
    """The same records, those of a person two by two as they come along.

    What has no partner comes at the end.
    """
    return records.group_by_window(
        lambda record: tf.argmax(record["subject"] == names),
        lambda subject, pair: pair, window_size=2,
    )


def _partners(subjects):
    """For each image of a batch the next one of the same person, or itself.

    Args:
        subjects: int `[n]`.

    Returns:
        int `[n]`, indices into the batch.
    """
    count = tf.shape(subjects)[0]
    # Row i: how far each image is behind image i, going round.
    behind = (tf.range(count)[None, :] - tf.range(count)[:, None]) % count
    same = (subjects[:, None] == subjects[None, :]) & (behind > 0)
    distance = tf.where(same, behind, count)
    return tf.where(
        tf.reduce_any(same, axis=1),
        tf.argmin(distance, axis=1, output_type=tf.int32), tf.range(count),
    )


def _near_intensity(intensity, noise):
    """|z_y| within 0.1 of a labelled intensity; the noise if there is none."""
    near = tf.clip_by_value(intensity + 0.1 * noise, 0.0, 1.0)
    return tf.where(intensity >= 0, near, noise)


def load_split(dataset, split, config, subjects=None):
    """A whole split in memory, in the order of its shards.

    Args:
        subjects: only these; None: everybody.

    Returns:
        A dict of arrays: "image" float32 `[n, s, s, 3]` in [-1, 1], "label"
        int `[n]` (-1 for an expression that is no class), "intensity"
        float32 `[n]` (-1 when unknown), and "subject", "expression" of
        strings.
    """
    dataset.require_split(split)
    files = [
        os.fsencode(dataset.folder / shard["file"])
        for shard in dataset.shards(split)
    ]
    records = tf.data.TFRecordDataset(files).map(parse_record)
    if subjects is not None:
        records = records.filter(
            lambda record: tf.reduce_any(record["subject"] == list(subjects))
        )
    records = records.map(
        lambda record: {**record, "image": decode_image(
            record["image"], config
        )},
        tf.data.AUTOTUNE, deterministic=True,
    )
    items = list(records.as_numpy_iterator())
    if not items:
        raise UserError(f"{dataset.folder}: split {split!r} holds no image")
    arrays = {name: np.stack([item[name] for item in items])
              for name in ("image", "intensity")}
    for name in ("subject", "expression"):
        arrays[name] = np.array([item[name].decode() for item in items])
    labels = {name: index for index, name in enumerate(config.classes)}
    arrays["label"] = np.array(
        [labels.get(name, -1) for name in arrays["expression"]]
    )
    return arrays


def one_hot_label(expression, config):
    return tf.cast(
        expression == tf.constant(list(config.classes)), tf.float32
    )
