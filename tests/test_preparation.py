"""From photographs of any kind to a data set that says what became of each."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from broken_files import GOOD, write_broken, write_good
from commands import ROOT, assert_one_clear_line, run_here, run_process
from conftest import tiny_config
from PIL import Image
from test_data import CARRIED, flip_a_bit

from exprgan_tf.data import subjects as data_subjects
from exprgan_tf.data.checking import check
from exprgan_tf.data.image_files import export_images
from exprgan_tf.data.preparing import local_runner, writing
from exprgan_tf.data.preparing.request import Options, Selection, parse_classes
from exprgan_tf.data.preparing.selection import select
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.sources.base import Photo, Source
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import read_image

ALIGNED = Options(image_size=32, align="never")


class Listed(Source):
    """Photographs that a test lists."""

    name = "listed"

    def __init__(self, photos):
        self._photos = photos
        self.skipped = []

    def photos(self):
        return self._photos


@pytest.fixture(scope="session")
def carried_faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("carried")
    dataset = Dataset.open(CARRIED)
    subjects = sorted(dataset.subjects("neutral"))[: GOOD + 2]
    export_images(dataset, "neutral", folder, subjects)
    return [read_image(path) for path in sorted(folder.glob("*.jpg"))]


def listed(paths):
    """Photos of ten people, happy and sad."""
    return [
        Photo(path, ("happy", "sad")[index % 2], f"p{index % 10}")
        for index, path in enumerate(paths)
    ]


@pytest.fixture(scope="module")
def mixed(carried_faces, tmp_path_factory):
    """Good and broken files, a list of photos, and which are broken."""
    folder = tmp_path_factory.mktemp("mixed")
    good = write_good(folder, carried_faces)
    broken = write_broken(folder, carried_faces[-1])
    order = [path for pair in zip(good, broken, strict=True) for path in pair]
    return folder, listed(order), broken


def stored(output):
    dataset = Dataset.open(output)
    return sum(split["records"] for split in dataset.splits.values())


def check_mixed(output, broken):
    report = json.loads((output / "report.json").read_text())
    assert stored(output) == GOOD
    assert [item["file"] for item in report["skipped"]] == list(
        map(str, sorted(broken, key=broken.index))
    )
    assert all(item["reason"] for item in report["skipped"])
    assert check(output) == ([], GOOD)
    page = (output / "report.html").read_text("utf-8")
    assert "bomb.png" in page and "<b>&amp;" not in page


def test_thirty_broken_files_beside_thirty_good_ones(mixed, tmp_path):
    _, photos, broken = mixed
    output = tmp_path / "data"

    writing.make_dataset(
        Listed(photos), output, options=Options(64), workers=2
    )

    check_mixed(output, broken)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert Image.open(output / "contact_sheet.png").width > 300


def test_the_same_as_a_beam_pipeline(mixed, tmp_path):
    pytest.importorskip("apache_beam")
    _, photos, broken = mixed
    local, beam = tmp_path / "local", tmp_path / "beam"

    writing.make_dataset(Listed(photos), local, options=Options(64), workers=1)
    writing.make_dataset(
        Listed(photos), beam, options=Options(64), beam_options=[]
    )

    check_mixed(beam, broken)
    for path in local.iterdir():
        assert (beam / path.name).read_bytes() == path.read_bytes()


def test_beam_that_is_missing_is_said(carried_faces, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    paths = write_good(tmp_path, carried_faces)

    with pytest.raises(UserError, match=r"exprgan_tf\[beam\]"):
        writing.make_dataset(
            Listed(listed(paths)), tmp_path / "data", beam_options=[]
        )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name, least", [
    ("cmyk.jpg", 12), ("sixteen.png", 12), ("alpha.png", 14),
    ("gray_alpha.png", 12), ("exif6.jpg", 12), ("moving.gif", 12),
])
def test_unusual_pictures_look_as_they_should(
    mixed, carried_faces, name, least
):
    folder, photos, _ = mixed
    good = [photo.path for photo in photos[::2]]
    face = carried_faces[good.index(folder / name)].astype(float)
    picture = read_image(folder / name).astype(float)
    if "gray" in name or "sixteen" in name:
        face = face @ [0.299, 0.587, 0.114]
        picture = picture[:, :, 1]
    assert np.abs(picture - face).mean() < least


def test_a_picture_that_kills_the_worker_is_named(
    carried_faces, tmp_path, monkeypatch
):
    """A worker that dies stands for a library that crashes."""
    photos = listed(write_good(tmp_path / "faces", carried_faces))
    script = tmp_path / "killer.py"
    script.write_text(f"""
import os, pathlib, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from exprgan_tf.data.preparing import preparation, workers
original = preparation.prepare
def prepare(photo, options):
    if photo.path.name == "gray.png":
        os._exit(7)
    return original(photo, options)
workers.prepare = prepare
if __name__ == "__main__":
    from exprgan_tf.data.preparing.workers import Journal, prepare_all
    from test_preparation import ALIGNED, listed
    files = sorted(pathlib.Path({str(tmp_path / "faces")!r}).glob("*.*"))
    files = [path for path in files if path.is_file()]
    journal = Journal({str(tmp_path / "j.sqlite")!r})
    photos = listed(files)
    keys = prepare_all(photos, ALIGNED, journal, workers=2)
    for photo, key in zip(photos, keys):
        reason = journal.outcome(key)[1]
        if reason:
            print(photo.path.name, reason, sep=": ")
""")
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True
    )
    assert result.stdout.splitlines() == [
        "gray.png: reading it ends the process"
    ], result.stderr
    assert len(photos) == GOOD


def test_a_run_resumes_where_it_was_stopped(
    carried_faces, tmp_path, monkeypatch
):
    photos = listed(write_good(tmp_path / "faces", carried_faces))
    output = tmp_path / "data"
    with monkeypatch.context() as patch:
        patch.setattr(local_runner, "write_shard", stop)
        with pytest.raises(KeyboardInterrupt):
            writing.make_dataset(
                Listed(photos), output, options=ALIGNED, workers=1
            )
    assert not output.exists()
    prepared = []
    from exprgan_tf.data.preparing import workers

    original = workers.prepare
    monkeypatch.setattr(workers, "prepare", lambda photo, options: (
        prepared.append(photo.path.name) or original(photo, options)
    ))
    # A file that has changed since is read again.
    Image.new("RGB", (40, 40), "red").save(photos[3].path)

    writing.make_dataset(Listed(photos), output, options=ALIGNED, workers=1)

    assert prepared == [photos[3].path.name]
    assert stored(output) == GOOD
    assert not list(tmp_path.glob(".*"))


def stop(*_):
    raise KeyboardInterrupt


def face_files(folder, count, color=0):
    """Square pictures that need no detection."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(count):
        path = folder / f"{index:02d}.png"
        Image.new("RGB", (40, 40), (index * 5, color, 60)).save(path)
        paths.append(path)
    return paths


def test_copies_across_splits_are_left_out_of_training(tmp_path):
    paths = face_files(tmp_path / "a", 8)
    photos = [
        dataclasses.replace(photo, subject=f"s{index}", split=split)
        for index, (photo, split) in enumerate(zip(
            listed(paths), ["train"] * 6 + ["test"] * 2, strict=True
        ))
    ]
    # A copy in another format and name.
    read = Image.open(paths[6])
    read.save(paths[1], "TIFF")

    summary = writing.make_dataset(
        Listed(photos), tmp_path / "data", options=ALIGNED, workers=1
    )

    assert summary["skipped"] == [{
        "file": str(paths[1]),
        "reason": f"the same picture as {paths[6]} of test",
    }]
    assert summary["splits"]["test"]["records"] == 2


def test_strict_makes_any_skip_an_error(tmp_path):
    paths = face_files(tmp_path / "a", 6)
    paths[2].write_text("no picture")

    with pytest.raises(UserError, match=r"--strict: 1 skipped.*02\.png"):
        writing.make_dataset(
            Listed(listed(paths)), tmp_path / "data", options=ALIGNED,
            workers=1, strict=True,
        )
    assert not (tmp_path / "data").exists()


def test_nothing_to_store_is_an_error(tmp_path):
    paths = face_files(tmp_path / "a", 4)
    for path in paths:
        path.write_bytes(b"")

    message = r"no training picture.*00\.png: is not an image"
    with pytest.raises(UserError, match=message):
        writing.make_dataset(
            Listed(listed(paths)), tmp_path / "data", options=ALIGNED,
            workers=1,
        )


def photos_of(subjects=10, **counts):
    return [
        Photo(pathlib.Path(f"{name}{index}.png"), name,
              f"s{index % subjects}")
        for name, count in counts.items() for index in range(count)
    ]


def test_classes_pick_merge_and_rename():
    photos = photos_of(happy=4, angry=3, disgust=2, fear=2, neutral=2)
    selection = Selection(parse_classes(["joy=happy", "upset=angry+disgust"]))

    chosen, left_out = select(photos, selection)

    found = [(photo.expression, photo.split) for photo in chosen]
    assert found.count(("neutral", "neutral")) == 2
    assert sum(name == "upset" for name, _ in found) == 5
    assert {name for name, _ in found} == {"joy", "upset", "neutral"}
    assert left_out == [
        ("fear0.png", "fear is not among --classes"),
        ("fear1.png", "fear is not among --classes"),
    ]


@pytest.mark.parametrize("items, message", [
    (["a=b", "a=c"], "new NAME"), (["=b"], "NAME"), (["a=b+"], "NAME"),
    (["a=b", "c=b+d"], "b is in both a and c"),
])
def test_wrong_classes(items, message):
    with pytest.raises(UserError, match=message):
        parse_classes(items)


def test_a_class_without_pictures_is_named():
    with pytest.raises(UserError, match=r"shows wink.*happy"):
        select(photos_of(happy=4), Selection(parse_classes(["happy", "wink"])))


def test_fractions_split_by_subject():
    photos = photos_of(20, happy=40, sad=40)

    chosen, _ = select(photos, Selection(test_fraction=0.2, val_fraction=0.25))

    homes = {}
    for photo in chosen:
        homes.setdefault(photo.split, set()).add(photo.subject)
    assert {name: len(subjects) for name, subjects in homes.items()} == {
        "train": 12, "validation": 4, "test": 4,
    }
    assert not homes["train"] & (homes["validation"] | homes["test"])


def test_without_subjects_each_picture_is_one():
    photos = [
        dataclasses.replace(photo, subject=None) for photo in
        photos_of(happy=10)
    ]

    chosen, _ = select(photos, Selection(), names_subjects=False)

    assert len({photo.subject for photo in chosen}) == 10
    assert all(photo.subject.startswith("file-") for photo in chosen)


def test_samples_do_not_depend_on_where_a_set_lies(tmp_path):
    """Nor on how its path is written, relative or absolute."""
    def kept(folder):
        photos = [
            dataclasses.replace(photo, path=folder / photo.path, subject=None)
            for photo in photos_of(happy=30)
        ]
        # A table may name some of its files by absolute paths.
        photos[0] = dataclasses.replace(
            photos[0], path=photos[0].path.absolute()
        )
        chosen, _ = select(photos, Selection(max_per_class=5))
        return sorted(photo.path.name for photo in chosen)

    assert kept(pathlib.Path("here")) == kept(tmp_path / "else" / "where")


@pytest.mark.parametrize("kind, expected", [
    ("none", (6, 2)), ("trim", (2, 2)), ("repeat", (6, 6)),
])
def test_balance(tmp_path, kind, expected):
    happy = face_files(tmp_path / "happy", 7)
    sad = face_files(tmp_path / "sad", 3, color=9)
    photos = [
        Photo(path, name, f"{name}{index}")
        for name, paths in (("happy", happy), ("sad", sad))
        for index, path in enumerate(paths)
    ]
    photos = [
        dataclasses.replace(
            photo, split="test" if photo.subject.endswith("0") else "train"
        ) for photo in photos
    ]

    summary = writing.make_dataset(
        Listed(photos), tmp_path / "data", Selection(balance=kind), ALIGNED,
        workers=1,
    )

    counts = summary["splits"]["train"]["expressions"]
    assert (counts["happy"], counts["sad"]) == expected
    assert summary["splits"]["test"]["records"] == 2
    assert check(tmp_path / "data")[0] == []


def test_max_per_class():
    chosen, left_out = select(
        photos_of(happy=40, sad=3), Selection(max_per_class=5)
    )

    counts = {}
    for photo in chosen:
        key = photo.split, photo.expression
        counts[key] = counts.get(key, 0) + 1
    assert counts["train", "happy"] == 5
    assert len(chosen) + len(left_out) == 43


def test_a_validation_split_serves_pictures_not_training(tmp_path):
    paths = face_files(tmp_path / "a", 30)
    output = tmp_path / "data"
    writing.make_dataset(
        Listed(listed(paths)), output, Selection(val_fraction=0.2), ALIGNED,
        workers=1,
    )
    dataset = Dataset.open(output)
    config = tiny_config(classes=("happy", "sad"))

    split, subjects = data_subjects.validation_part(dataset, config)

    assert (split, len(subjects)) == ("validation", 1)
    assert not set(subjects) & set(
        data_subjects.training_subjects(dataset, config)
    )


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


def test_commands_make_and_check_a_data_set(tmp_path, capsys):
    for name in ("happy", "sad"):
        face_files(tmp_path / "in" / name, 6, color=len(name) * 9)
    os.mkfifo(tmp_path / "in" / "sad" / "pipe.png")
    result = run_process(
        "tools.make_tfrecords", "--source=folder",
        f"--input={tmp_path / 'in'}", f"--output={tmp_path / 'out'}",
        "--align=never", "--image_size=32", "--workers=1",
    )
    assert result.returncode == 0, result.stderr
    assert "pipe.png: is no regular file" in result.stdout
    assert "one person may be in two of them" in result.stdout
    assert "report.html" in result.stdout
    result = run_here("check-tfrecords", tmp_path / "out", capsys=capsys)
    assert result.returncode == 0
    assert "12 records read, 0 faults" in result.stdout
    result = run_here("check-tfrecords", tmp_path / "in", capsys=capsys)
    assert_one_clear_line(result, "dataset.json")
