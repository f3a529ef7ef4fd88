"""Finding faults in the shards of a data set."""

import collections
import dataclasses
import os

import tensorflow as tf

from exprgan_tf.data.motions import decode_motion
from exprgan_tf.data.preparing.selection import EXCLUSIVE_SPLITS
from exprgan_tf.data.records import (
    Dataset,
    file_checksum,
    parse_motion,
    parse_record,
)
from exprgan_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is wrong where; `record` counts from 0, None for the shard."""

    shard: str
    record: int | None
    reason: str

    def __str__(self):
        place = "" if self.record is None else f", record {self.record}"
        return f"{self.shard}{place}: {self.reason}"


def check(folder):
    """Reads every record of a data set.

    Args:
        folder: the data set.

    Returns:
        `(faults, number of records)`; an empty list when all is well.

    Raises:
        UserError: when the folder or its `dataset.json` cannot be used.
    """
    dataset = Dataset.open(folder)
    faults, total = [], 0
    found = {
        split: {"subjects": collections.Counter(),
                "expressions": collections.Counter()}
        for split in dataset.splits
    }
    for split in dataset.splits:
        for shard in dataset.shards(split):
            read, shard_faults = _check_shard(
                dataset, shard, found[split], split
            )
            total += read
            faults += shard_faults
    faults += _check_counts(dataset, found)
    faults += _check_subjects(found)
    return faults, total


def _check_shard(dataset, shard, found, split):
    """How many records could be read, and the faults."""
    path = dataset.folder / shard["file"]
    faults, read = [], 0
    if file_checksum(path) != shard["sha256"]:
        faults.append(Fault(path.name, None, "its checksum differs"))
    iterator = iter(tf.data.TFRecordDataset(os.fsencode(path)))
    while True:
        try:
            serialized = next(iterator)
        except StopIteration:
            break
        except tf.errors.DataLossError as error:
            reason = error.message.split(";")[0].split("[[")[0].strip()
            faults.append(Fault(
                path.name, read, f"damaged, and unread from here: {reason}"
            ))
            return read, faults
        faults += [
            Fault(path.name, read, reason)
            for reason in _check_record(serialized, dataset, found, split)
        ]
        read += 1
    if read != shard["records"]:
        faults.append(Fault(
            path.name, None,
            f"{read} records, {shard['records']} expected",
        ))
    return read, faults


def _check_record(serialized, dataset, found, split):
    try:
        record = parse_record(serialized)
    except tf.errors.InvalidArgumentError as error:
        yield f"no record of this project: {error.message.split('.')[0]}"
        return
    expression = record["expression"].numpy().decode()
    found["subjects"][record["subject"].numpy().decode()] += 1
    found["expressions"][expression] += 1
    size = dataset.image_size
    motion = parse_motion(serialized).numpy()
    if motion:
        try:
            side = len(decode_motion(motion))
            if side != size:
                yield f"the motion is of {side} x {side} pixels, not {size}"
        except UserError as error:
            yield f"the motion cannot be used: {error}"
    try:
        shape = tf.io.decode_image(
            record["image"], 3, expand_animations=False
        ).shape
        if shape != (size, size, 3):
            yield (f"the image is {shape[1]} x {shape[0]} pixels, not {size} "
                   f"x {size}")
    except tf.errors.InvalidArgumentError:
        yield "the image cannot be decoded"
    if split in EXCLUSIVE_SPLITS and expression not in dataset.classes:
        yield f"expression {expression!r} is no class"
    intensity = float(record["intensity"])
    if intensity != -1.0 and not 0.0 <= intensity <= 1.0:
        yield f"intensity {intensity:g} is not in 0 to 1"


def _check_counts(dataset, found):
    for split, counts in found.items():
        for kind, expected in counts.items():
            wrong = [
                name for name in
                sorted(set(expected) | set(dataset.splits[split][kind]))
                if expected[name] != dataset.splits[split][kind].get(name, 0)
            ]
            for name in wrong:
                yield Fault(
                    f"split {split}", None,
                    f"{expected[name]} records of {name!r}, "
                    f"{dataset.splits[split][kind].get(name, 0)} expected",
                )


def _check_subjects(found):
    homes = {}
    for split in EXCLUSIVE_SPLITS:
        for subject in found.get(split, {}).get("subjects", ()):
            home = homes.setdefault(subject, split)
            if home != split:
                yield Fault(
                    f"split {split}", None,
                    f"subject {subject!r} is in {home}, too",
                )
