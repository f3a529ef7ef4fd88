"""From shards back to image files."""

import collections

import tensorflow as tf

from exprgan_tf.data import records
from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file


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
        UserError: when a file cannot be written.
    """
    files = [
        str(dataset.folder / shard["file"]) for shard in dataset.shards(split)
    ]
    numbers = collections.Counter()
    try:
        output.mkdir(parents=True, exist_ok=True)
        for record in tf.data.TFRecordDataset(files).map(
            records.parse_record
        ).as_numpy_iterator():
            subject = record["subject"].decode()
            if subjects and subject not in subjects:
                continue
            name = f"{subject}_{record['expression'].decode()}"
            is_png = record["image"].startswith(b"\x89PNG")
            path = output / (
                f"{name}_{numbers[name]}.{'png' if is_png else 'jpg'}"
            )
            with whole_file(path) as partial:
                partial.write_bytes(record["image"])
            numbers[name] += 1
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    return sum(numbers.values())
