"""The data set on disk: TFRecord shards and their `dataset.json`.

A record is a `tf.train.Example`:
    image       bytes, an encoded JPEG or PNG of image_size x image_size
    subject     bytes, who it is
    expression  bytes, the class name
    intensity   float, strength of the expression in [0, 1]; absent when
                unknown
    motion      bytes, how the picture came of its person's neutral one, see
                `data.motions`; absent when unknown
    photograph  bytes, name of the photograph of which the picture was made;
                absent when it is one itself

TensorFlow writes and parses records; `batches/examples.py` reads them without
it.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import struct

from exprgan_tf.data.description import FORMATS, read_description
from exprgan_tf.data.motions import (
    encode_motion,
    read_motion,
    resize_motion,
)
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import picture_size
from exprgan_tf.support.atomic import whole_file

DATASET_FILE = "dataset.json"


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A described data set.

    Args:
        folder: where the shards lie.
        image_size: side of the images in pixels.
        classes: names of the expressions of the training split.
        splits: a dict from split name to {"records", "shards" (each with
            "file", "records", "sha256", and "motions", how many records
            have one, where any has), "subjects" (name to count),
            "expressions" (name to count)}.
        margin: with which its faces were aligned, see `alignment.align`.
        people_known: False when each picture counts as a subject, since the
            source does not say who is in it.
    """

    folder: pathlib.Path
    image_size: int
    classes: tuple
    splits: dict
    margin: float = 0.0
    people_known: bool = True

    @classmethod
    def open(cls, folder, flag="data_dir"):
        """Reads the description of a data set.

        Args:
            folder: where it is.
            flag: that named the folder, for errors.

        Raises:
            UserError: when the folder, its `dataset.json` or a shard is
                missing, or the description is not one.
        """
        folder = pathlib.Path(folder)
        path = folder / DATASET_FILE
        if not path.is_file():
            raise UserError(
                f"--{flag}={folder}: no {DATASET_FILE} there; make the data "
                "with exprgan make-tfrecords"
            )
        described, splits = read_description(path)
        dataset = cls(
            folder, described.image_size, tuple(described.classes),
            splits, described.margin, described.people_known,
        )
        for shard in dataset.shards():
            if not (folder / shard["file"]).is_file():
                raise UserError(
                    f"{folder / shard['file']} is missing: make the data "
                    "again or copy the shard"
                )
        return dataset

    def shards(self, split=None):
        names = self.splits if split is None else [split]
        return [
            shard for name in names for shard in self.splits[name]["shards"]
        ]

    def subjects(self, split):
        """A dict from subject to number of images."""
        self.require_split(split)
        return self.splits[split]["subjects"]

    def require_split(self, split):
        if split not in self.splits:
            raise UserError(
                f"{self.folder / DATASET_FILE} has no split {split!r}: it has "
                f"{', '.join(self.splits)}"
            )

    def verify(self):
        """Compares every shard with its recorded count and checksum.

        Raises:
            UserError: naming the first shard that differs.
        """
        for shard in self.shards():
            path = self.folder / shard["file"]
            found = count_records(path)
            if found != shard["records"]:
                raise UserError(
                    f"{path}: {found} whole records, {shard['records']} "
                    f"expected; the shard is damaged, make or copy it again"
                )
            if file_checksum(path) != shard["sha256"]:
                raise UserError(
                    f"{path}: its checksum is not that of {DATASET_FILE}; "
                    "the shard is damaged, make or copy it again"
                )


def write_description(folder, image_size, classes, splits, **more):
    """Writes the `dataset.json` of a folder; it appears only when whole.

    Args:
        folder: a `pathlib.Path`.
        image_size, classes, splits: as those of `Dataset`.
        more: what else is told, such as `margin`.

    Returns:
        The description, a dict.
    """
    has_motions = any(
        shard.get("motions") for split in splits.values()
        for shard in split["shards"]
    )
    description = {
        "format": FORMATS[has_motions], "image_size": image_size,
        "classes": list(classes), **more, "splits": splits,
    }
    with whole_file(folder / DATASET_FILE) as partial:
        partial.write_text(json.dumps(description, indent=1) + "\n", "utf-8")
    return description


def count_records(path):
    """The number of whole records in a TFRecord file."""
    size = path.stat().st_size
    count = position = 0
    with path.open("rb") as file:
        while header := file.read(8):
            if len(header) < 8:
                break
            # A record: length, its checksum (4), the data, its checksum (4).
            position += 16 + struct.unpack("<Q", header)[0]
            if position > size:
                break
            file.seek(position)
            count += 1
    return count


def file_checksum(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def encode_record(
    image, subject, expression, intensity=None, motion=None, photograph=None
):
    """A serialized record of an encoded image and what is known of it."""
    import tensorflow as tf

    def text(name):
        # Names of folders may hold bytes that no encoding explains.
        return name.encode("utf-8", "backslashreplace")

    feature = {
        name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        for name, value in (
            ("image", image), ("subject", text(subject)),
            ("expression", text(expression)), ("motion", motion),
            ("photograph", photograph and text(photograph)),
        ) if value is not None
    }
    if intensity is not None:
        feature["intensity"] = tf.train.Feature(
            float_list=tf.train.FloatList(value=[intensity])
        )
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    return example.SerializeToString(deterministic=True)


def parse_record(serialized):
    """A dict of scalar tensors of a record; unknown intensity is -1."""
    import tensorflow as tf

    return tf.io.parse_single_example(serialized, {
        "image": tf.io.FixedLenFeature([], tf.string),
        "subject": tf.io.FixedLenFeature([], tf.string),
        "expression": tf.io.FixedLenFeature([], tf.string),
        "intensity": tf.io.FixedLenFeature(
            [], tf.float32, default_value=-1.0
        ),
        "photograph": tf.io.FixedLenFeature([], tf.string, default_value=""),
    })


def parse_motion(serialized):
    """The bytes of a record's motion, a scalar tensor; empty: it has none."""
    import tensorflow as tf

    return tf.io.parse_single_example(serialized, {
        "motion": tf.io.FixedLenFeature([], tf.string, default_value=""),
    })["motion"]


@contextlib.contextmanager
def record_writer(path):
    """A `tf.io.TFRecordWriter`, closed when the block ends.

    Raises:
        OSError: when something cannot be written, such as on a full disk.
    """
    import tensorflow as tf

    try:
        # TensorFlow takes bytes of any kind, but not what Python makes of
        # those that are not UTF-8.
        with tf.io.TFRecordWriter(os.fsencode(path)) as writer:
            yield writer
    except tf.errors.OpError as error:
        raise OSError(" ".join(error.message.split())) from None


def write_shard(path, faces):
    """Writes a shard of `(photo, encoded image)` pairs; returns its entry.

    Raises:
        OSError: as `record_writer`.
    """
    count = motions = 0
    with record_writer(path) as writer:
        for photo, image in faces:
            motion = None
            if photo.motion is not None:
                motion = encode_motion(resize_motion(
                    read_motion(photo.motion), picture_size(image)[0]
                ))
                motions += 1
            writer.write(encode_record(
                image, photo.subject, photo.expression, photo.intensity,
                motion, photo.photograph,
            ))
            count += 1
    entry = {
        "file": path.name, "records": count,
        "sha256": file_checksum(path),
    }
    return {**entry, "motions": motions} if motions else entry
