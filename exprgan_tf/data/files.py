"""From image files to shards, and back."""

import collections
import io
import json
import os
import shutil

import tensorflow as tf
from PIL import Image

from exprgan_tf.atomic import whole_file
from exprgan_tf.data import records
from exprgan_tf.data.manifest import EXCLUSIVE_SPLITS
from exprgan_tf.errors import UserError
from exprgan_tf.images import read_image
from exprgan_tf.progress import progress_bar


def make_dataset(
    rows, images, output, image_size=128, shard_records=512,
    jpeg_quality=95, overwrite=False,
):
    """Writes the shards and `dataset.json`; returns the description.

    The folder appears only when it is whole.

    Raises:
        UserError: for an image that cannot be read, or an output folder that
            exists already.
    """
    if output.exists() and not overwrite:
        raise UserError(f"--output={output} exists; give --overwrite=true")
    partial = output.with_name(f".{output.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        by_split = collections.defaultdict(list)
        for row in rows:
            by_split[row["split"]].append(row)
        splits = {
            split: _write_split(
                partial, split, by_split[split], images, image_size,
                shard_records, jpeg_quality,
            )
            for split in _in_order(by_split)
        }
        description = {
            "format": records.FORMAT,
            "image_size": image_size,
            "classes": sorted(splits["train"]["expressions"]),
            "splits": splits,
        }
        (partial / records.DATASET_FILE).write_text(
            json.dumps(description, indent=1) + "\n", "utf-8"
        )
        replaced = output.with_name(f".{output.name}.replaced")
        if output.exists():
            os.rename(output, replaced)
        os.rename(partial, output)
        shutil.rmtree(replaced, ignore_errors=True)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return description


def _write_split(
    folder, split, rows, images, image_size, shard_records, jpeg_quality
):
    count = -(-len(rows) // shard_records)
    shards = []
    progress = progress_bar(len(rows), split, "image")
    for index in range(count):
        # Every count-th row: each shard has a bit of everything.
        part = rows[index::count]
        path = folder / f"{split}-{index:05d}-of-{count:05d}.tfrecord"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for row in part:
                encoded = _encoded_face(
                    images / row["path"], image_size, jpeg_quality
                )
                writer.write(records.encode_record(
                    encoded, row["subject"], row["expression"],
                    row["intensity"],
                ))
                progress.update()
        shards.append({
            "file": path.name,
            "records": len(part),
            "sha256": records.file_checksum(path),
        })
    progress.close()
    return {
        "records": len(rows),
        "expressions": _counts(rows, "expression"),
        "subjects": _counts(rows, "subject"),
        "shards": shards,
    }


def _encoded_face(path, image_size, jpeg_quality):
    """The file's own bytes when they fit already, else a new JPEG."""
    picture = read_image(path)
    with Image.open(path) as image:
        fits = (
            image.format in ("JPEG", "PNG") and image.mode == "RGB"
            and image.size == (image_size, image_size)
            and not image.getexif()
        )
    if fits:
        return path.read_bytes()
    height, width = picture.shape[:2]
    if height != width:
        raise UserError(f"{path}: {width} x {height} is not square")
    shrink = width > image_size
    image = Image.fromarray(picture).resize(
        (image_size, image_size),
        Image.Resampling.BOX if shrink else Image.Resampling.BICUBIC,
    )
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=jpeg_quality, optimize=True)
    return buffer.getvalue()


def _in_order(splits):
    return sorted(splits, key=lambda name: (
        EXCLUSIVE_SPLITS.index(name) if name in EXCLUSIVE_SPLITS else 99, name
    ))


def _counts(rows, column):
    return dict(sorted(collections.Counter(
        row[column] for row in rows
    ).items()))


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
