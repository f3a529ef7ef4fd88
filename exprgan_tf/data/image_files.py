"""From shards back to image files."""

import collections
import os

import tensorflow as tf

from exprgan_tf.data import records
from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file
from exprgan_tf.support.places import (
    MOST_BYTES,
    distinct_names,
    require_apart,
    same_name,
)
from exprgan_tf.support.record import Record

# What follows a person and an expression in a name.
_ROOM = len("_999999.jpg")


def export_images(dataset, split, output, subjects=()):
    """Writes the stored bytes of a split's images.

    Args:
        dataset: a `Dataset`.
        split: name of a split.
        output: folder, made when missing.
        subjects: only these; empty: everybody.

    Returns:
        How many were written.

    Raises:
        UserError: when a file cannot be written or is in the way, or there
            is no image.
    """
    require_apart(output, {"data_dir": dataset.folder}, above=True)
    record = Record(output)
    files = [
        os.fsencode(dataset.folder / shard["file"])
        for shard in dataset.shards(split)
    ]
    numbers = collections.Counter()
    try:
        output.mkdir(parents=True, exist_ok=True)
        for face in tf.data.TFRecordDataset(files).map(
            records.parse_record
        ).as_numpy_iterator():
            subject = face["subject"].decode()
            if subjects and subject not in subjects:
                continue
            name, = distinct_names(
                [f"{subject}_{face['expression'].decode()}"],
                MOST_BYTES - _ROOM,
            )
            is_png = face["image"].startswith(b"\x89PNG")
            number = numbers[same_name(name)]
            path = output / f"{name}_{number}.{'png' if is_png else 'jpg'}"
            with whole_file(path, record) as partial:
                partial.write_bytes(face["image"])
            numbers[same_name(name)] += 1
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    if not numbers:
        raise UserError(f"split {split} holds no image to be written")
    return sum(numbers.values())
