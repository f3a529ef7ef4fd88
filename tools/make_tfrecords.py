"""Makes a data set of TFRecords from a manifest and a folder of faces.

    python -m tools.make_tfrecords --manifest=faces/manifest.csv \\
        --output=data/faces

The manifest is a CSV file with the columns `path` (relative to --images, by
default the manifest's own folder), `subject` and `expression`, and where they
are known `intensity` (0 to 1) and `split`. The faces are aligned already.

Splits named train, validation and test never share a subject. A split of any
other name, such as neutral, is for reference: nothing trains on it, so it may
show anybody. Without a `split` column the last tenth of the subjects, at
least one, makes the test split.
"""

import collections
import csv
import io
import json
import os
import pathlib
import shutil

from absl import flags
from PIL import Image

from exprgan_tf import commands
from exprgan_tf.errors import UserError
from exprgan_tf.progress import progress_bar

_MANIFEST = flags.DEFINE_string("manifest", None, "the CSV file")
_IMAGES = flags.DEFINE_string(
    "images", None, "folder of the paths; default: the manifest's"
)
_OUTPUT = flags.DEFINE_string("output", None, "folder to make")
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size", 128, "side of the stored images in pixels", 16, 1024
)
_SHARD_RECORDS = flags.DEFINE_integer(
    "shard_records", 512, "most records of a shard", 1
)
_QUALITY = flags.DEFINE_integer(
    "jpeg_quality", 95, "of pictures that have to be encoded anew", 1, 100
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "replace --output")

EXCLUSIVE_SPLITS = ("train", "validation", "test")


def main(argv):
    del argv
    if not _MANIFEST.value or not _OUTPUT.value:
        raise UserError("--manifest=FILE.csv and --output=DIR are needed")
    manifest = pathlib.Path(_MANIFEST.value)
    description = make_dataset(
        read_manifest(manifest),
        pathlib.Path(_IMAGES.value or manifest.parent),
        pathlib.Path(_OUTPUT.value),
        _IMAGE_SIZE.value, _SHARD_RECORDS.value, _QUALITY.value,
        _OVERWRITE.value,
    )
    for name, split in description["splits"].items():
        print(f"{name}: {split['records']} images of "
              f"{len(split['subjects'])} subjects, {split['expressions']}")


def read_manifest(path):
    """The rows of a manifest, each with a split and a checked intensity.

    Raises:
        UserError: naming the line that is wrong.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            columns = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"--manifest={path} cannot be read: {error}") from None
    for column in ("path", "subject", "expression"):
        if column not in columns:
            raise UserError(f"{path} has no column {column!r}")
    if not rows:
        raise UserError(f"{path} lists no image")
    for line, row in enumerate(rows, start=2):
        for column in ("path", "subject", "expression"):
            if not row[column]:
                raise UserError(f"{path}, line {line}: {column} is empty")
        row["intensity"] = _intensity(row.get("intensity"), path, line)
    if "split" not in columns:
        _split_by_subject(rows)
    for line, row in enumerate(rows, start=2):
        if not row["split"] or not row["split"].isidentifier():
            raise UserError(
                f"{path}, line {line}: split {row['split']!r} is not a name"
            )
    _check_splits(rows, path)
    return rows


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
    from exprgan_tf.data import records

    if output.exists() and not overwrite:
        raise UserError(f"--output={output} exists; give --overwrite=true")
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
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
        if output.exists():
            shutil.rmtree(output)
        os.rename(partial, output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return description


def _write_split(
    folder, split, rows, images, image_size, shard_records, jpeg_quality
):
    import tensorflow as tf

    from exprgan_tf.data import records

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
    from exprgan_tf.images import read_image

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


def _intensity(text, path, line):
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UserError(
            f"{path}, line {line}: intensity {text!r} is not in 0 to 1"
        )
    return value


def _split_by_subject(rows):
    subjects = sorted({row["subject"] for row in rows})
    if len(subjects) < 2:
        raise UserError(
            "the manifest has one subject and no split column: a test split "
            "needs another subject"
        )
    test = set(subjects[-max(len(subjects) // 10, 1) :])
    for row in rows:
        row["split"] = "test" if row["subject"] in test else "train"


def _check_splits(rows, path):
    homes = {}
    for row in rows:
        if row["split"] in EXCLUSIVE_SPLITS:
            home = homes.setdefault(row["subject"], row["split"])
            if home != row["split"]:
                raise UserError(
                    f"{path}: subject {row['subject']!r} is in both {home} "
                    f"and {row['split']}"
                )
    if "train" not in homes.values():
        raise UserError(f"{path} has no image in a split named train")


def _in_order(splits):
    return sorted(splits, key=lambda name: (
        EXCLUSIVE_SPLITS.index(name) if name in EXCLUSIVE_SPLITS else 99, name
    ))


def _counts(rows, column):
    return dict(sorted(collections.Counter(
        row[column] for row in rows
    ).items()))


if __name__ == "__main__":
    commands.run(main)
