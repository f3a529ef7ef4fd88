"""From photographs of any kind to a data set that says what became of each."""

import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from broken_files import GOOD, write_broken, write_good
from commands import ROOT, assert_one_clear_line, run_here, run_process
from listed_photographs import ALIGNED, Listed, face_files, listed
from PIL import Image
from test_data import CARRIED

from exprgan_tf.data.checking import check
from exprgan_tf.data.image_files import export_images
from exprgan_tf.data.preparing import local_runner, writing
from exprgan_tf.data.preparing.request import Options
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import read_image


@pytest.fixture(scope="session")
def carried_faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("carried")
    dataset = Dataset.open(CARRIED)
    subjects = sorted(dataset.subjects("neutral"))[: GOOD + 2]
    export_images(dataset, "neutral", folder, subjects)
    return [read_image(path) for path in sorted(folder.glob("*.jpg"))]


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
def prepare(photos, options):
    if any(photo.path.name == "gray.png" for photo in photos):
        os._exit(7)
    return original(photos, options)
workers.prepare = prepare
if __name__ == "__main__":
    from exprgan_tf.data.preparing.workers import Journal, prepare_all
    from listed_photographs import ALIGNED, listed
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
    monkeypatch.setattr(workers, "prepare", lambda photos, options: (
        prepared.extend(photo.path.name for photo in photos)
        or original(photos, options)
    ))
    # A file that has changed since is read again.
    Image.new("RGB", (40, 40), "red").save(photos[3].path)

    writing.make_dataset(Listed(photos), output, options=ALIGNED, workers=1)

    assert prepared == [photos[3].path.name]
    assert stored(output) == GOOD
    assert not list(tmp_path.glob(".*"))


def stop(*_):
    raise KeyboardInterrupt


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
