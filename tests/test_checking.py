"""Faults of a data set are found, and where they are."""

import json
import pathlib

import pytest
from listed_photographs import ALIGNED, Listed, face_files, listed
from PIL import Image
from test_data import flip_a_bit

from exprgan_tf.data.checking import check
from exprgan_tf.data.preparing import writing


def damage_dataset(kind, folder):
    shard = folder / "train-00001-of-00003.tfrecord"
    description = json.loads((folder / "dataset.json").read_text())
    if kind == "bit":
        flip_a_bit(shard)
    elif kind == "cut":
        shard.write_bytes(shard.read_bytes()[:-30])
    elif kind == "count":
        description["splits"]["train"]["shards"][1]["records"] = 99
    elif kind == "subjects":
        subjects = description["splits"]["train"]["subjects"]
        subjects["nobody"] = 3
    elif kind == "swapped":
        test = folder / "test-00000-of-00002.tfrecord"
        shard.write_bytes(test.read_bytes())
    (folder / "dataset.json").write_text(json.dumps(description))


@pytest.mark.parametrize("kind, message", [
    ("bit", r"train-00001-of-00003\.tfrecord, record \d+: damaged"),
    ("cut", r"train-00001-of-00003\.tfrecord, record 11: damaged"),
    ("count", "train-00001-of-00003.tfrecord: 12 records, 99 expected"),
    ("subjects", "split train: 0 records of 'nobody', 3 expected"),
    ("swapped", r"subject 's4' is in train, too"),
])
def test_check_names_shard_and_record(data_dir, tmp_path, kind, message):
    import re
    import shutil

    folder = pathlib.Path(shutil.copytree(data_dir, tmp_path / "copy"))
    assert check(folder) == ([], 60)
    damage_dataset(kind, folder)

    faults = "\n".join(map(str, check(folder)[0]))

    assert re.search(message, faults), faults


def test_check_looks_into_every_record(tmp_path):
    import tensorflow as tf

    from exprgan_tf.data.records import encode_record, file_checksum

    paths = face_files(tmp_path / "a", 12)
    output = tmp_path / "data"
    writing.make_dataset(
        Listed(listed(paths)), output, options=ALIGNED, workers=1
    )
    shard = next(output.glob("train-*"))
    good = next(iter(tf.data.TFRecordDataset(str(shard)))).numpy()
    small = Image.new("RGB", (8, 8))
    small.save(tmp_path / "small.png")
    with tf.io.TFRecordWriter(str(shard)) as writer:
        for data in (
            good, b"junk", encode_record(b"junk", "p1", "happy", 0.5),
            encode_record((tmp_path / "small.png").read_bytes(), "p1", "sad"),
            encode_record(paths[0].read_bytes(), "p1", "wink", 2.0),
        ):
            writer.write(data)
    description = json.loads((output / "dataset.json").read_text())
    description["splits"]["train"]["shards"][0].update(
        records=5, sha256=file_checksum(shard)
    )
    (output / "dataset.json").write_text(json.dumps(description))

    faults = {
        (fault.record, fault.reason.split(":")[0])
        for fault in check(output)[0] if fault.record is not None
    }

    assert faults == {
        (1, "no record of this project"), (2, "the image cannot be decoded"),
        (3, "the image is 8 x 8 pixels, not 32 x 32"),
        (4, "the image is 40 x 40 pixels, not 32 x 32"),
        (4, "expression 'wink' is no class"),
        (4, "intensity 2 is not in 0 to 1"),
    }
