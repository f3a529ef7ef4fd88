"""Several data sets made into one."""

import tensorflow as tf

from exprgan_tf.data.records import (
    Dataset,
    encode_record,
    file_checksum,
    parse_motion,
    parse_record,
    write_description,
)
from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_folder


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
            or classes differ, or the output cannot be written.
    """
    splits = {}
    with whole_folder(output, overwrite) as partial:
        datasets = [Dataset.open(folder) for folder in folders]
        _require_alike(datasets)
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
            source=" + ".join(dataset.folder.name for dataset in datasets),
        )
    return {name: split["records"] for name, split in splits.items()}


def _require_alike(datasets):
    first = datasets[0]
    names = [dataset.folder.resolve().name for dataset in datasets]
    if len(names) < 2 or len(set(names)) < len(names):
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


def _add(split, dataset, name, folder):
    """Copies a data set's shards of a split, with subjects renamed."""
    prefix = dataset.folder.resolve().name
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
    with tf.io.TFRecordWriter(str(path)) as writer:
        for serialized in tf.data.TFRecordDataset(str(source)):
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
