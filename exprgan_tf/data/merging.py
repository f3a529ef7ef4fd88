"""Several data sets made into one."""

import collections
import os

import tensorflow as tf

from exprgan_tf.data.records import (
    Dataset,
    encode_record,
    file_checksum,
    parse_motion,
    parse_record,
    record_writer,
    write_description,
)
from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_folder
from exprgan_tf.support.places import printable, require_apart, same_name


def merge(folders, output, overwrite=False):
    """Writes a data set with the records of several.

    Splits of one name are joined. Subjects get the name of their data set in
    front, so that two sets which count their people alike stay apart. The
    folder appears only when it is whole.

    Args:
        folders: paths of data sets with different names, at least two.
        output: folder to make, a `pathlib.Path`.
        overwrite: whether to replace it.

    Returns:
        `{split: number of records}`.

    Raises:
        UserError: when a data set is missing or damaged, when sizes, margins
            or classes differ, when two people would have one name, or the
            output cannot be written.
    """
    splits = {}
    for folder in folders:
        require_apart(output, {"inputs": folder})
    with whole_folder(output, "a data set", overwrite) as partial:
        datasets = [Dataset.open(folder) for folder in folders]
        _require_alike(datasets)
        _require_different_names(datasets)
        for dataset in datasets:
            dataset.verify()
            for split in dataset.splits:
                _add(splits.setdefault(split, {
                    "records": 0, "expressions": {}, "subjects": {},
                    "shards": [],
                }), dataset, split, partial)
        first = datasets[0]
        write_description(
            partial, first.image_size, first.classes, splits,
            people_known=first.people_known, margin=first.margin,
            source=" + ".join(map(_prefix, datasets)),
        )
    return {name: split["records"] for name, split in splits.items()}


def _require_alike(datasets):
    first = datasets[0]
    names = [_prefix(dataset) for dataset in datasets]
    if len(names) < 2 or len(set(map(same_name, names))) < len(names):
        raise UserError(
            f"--inputs={','.join(names)}: two or more folders with "
            "different names are needed"
        )
    for dataset in datasets[1:]:
        for what in ("image_size", "margin", "people_known"):
            mine, other = getattr(first, what), getattr(dataset, what)
            if mine != other:
                raise UserError(
                    f"{dataset.folder}: its {what} is {other}, that of "
                    f"{first.folder} is {mine}; make one of them anew"
                )
        if set(dataset.classes) != set(first.classes):
            raise UserError(
                f"{dataset.folder}: its classes are "
                f"{','.join(dataset.classes)}, those of {first.folder} "
                f"{','.join(first.classes)}"
            )


def _require_different_names(datasets):
    """`a` with `b-s1` and `a-b` with `s1` would make one of two people."""
    found = collections.defaultdict(set)
    for dataset in datasets:
        own = _prefix(dataset)
        names = [shard["file"] for shard in dataset.shards()]
        names += {
            name for split in dataset.splits for name in
            dataset.splits[split]["subjects"]
        }
        for name in names:
            found[same_name(f"{own}-{name}")].add(own)
    for name, owners in found.items():
        if len(owners) > 1:
            raise UserError(
                f"--inputs: {' and '.join(sorted(owners))} would both have "
                f"{name!r}: rename one of the folders"
            )


def _prefix(dataset):
    return printable(dataset.folder.resolve().name)


def _add(split, dataset, name, folder):
    """Copies a data set's shards of a split, with subjects renamed."""
    prefix = _prefix(dataset)
    for shard in dataset.shards(name):
        path = folder / f"{prefix}-{shard['file']}"
        _copy_shard(dataset.folder / shard["file"], path, prefix)
        split["shards"].append({
            **shard, "file": path.name, "sha256": file_checksum(path),
        })
    entry = dataset.splits[name]
    split["records"] += entry["records"]
    for subject, count in entry["subjects"].items():
        split["subjects"][f"{prefix}-{subject}"] = count
    for expression, count in entry["expressions"].items():
        split["expressions"][expression] = (
            split["expressions"].get(expression, 0) + count
        )


def _copy_shard(source, path, prefix):
    with record_writer(path) as writer:
        for serialized in tf.data.TFRecordDataset(os.fsencode(source)):
            record = parse_record(serialized)
            intensity = float(record["intensity"])
            writer.write(encode_record(
                record["image"].numpy(),
                f"{prefix}-{record['subject'].numpy().decode()}",
                record["expression"].numpy().decode(),
                intensity if intensity >= 0 else None,
                parse_motion(serialized).numpy() or None,
                record["photograph"].numpy().decode() or None,
            ))
