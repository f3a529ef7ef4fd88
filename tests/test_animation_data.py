"""Data sets of moved photographs: folders, resuming, records, bad input."""

import contextlib
import csv
import dataclasses
import filecmp
import json
import pathlib
import shutil
import tempfile

import numpy as np
import pytest
import tensorflow as tf
from animation_photographs import landmarks, rendered
from conftest import tiny_config
from PIL import Image

from exprgan_tf.animation import dataset, jobs, report
from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.photographs import photographs_to_move
from exprgan_tf.animation.settings import AnimateRequest, Settings
from exprgan_tf.animation.tinting import is_gray, tinted
from exprgan_tf.data import records
from exprgan_tf.data.batches.moved import MovedPhotographs
from exprgan_tf.data.checking import check
from exprgan_tf.data.merging import merge
from exprgan_tf.data.motions import decode_motion, encode_motion
from exprgan_tf.data.preparing.request import Options
from exprgan_tf.data.preparing.writing import make_dataset
from exprgan_tf.data.sources.manifest import Manifest
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment

PEOPLE = 3


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    for number in range(PEOPLE):
        (folder / f"p{number}").mkdir()
        Image.fromarray(rendered("neutral", "neutral", number)).save(
            folder / f"p{number}" / "face.png"
        )
    (folder / "broken.jpg").write_bytes(b"no picture")
    Image.fromarray(np.full((90, 90, 3), 128, "uint8")).save(
        folder / "empty.png"
    )
    return folder


def animate(photographs, output, workers=1, **settings):
    return dataset.animate_dataset(
        AnimateRequest(
            photos=str(photographs), output=str(output), workers=workers
        ),
        Settings(**{"side": 64, **settings}),
    )


@pytest.fixture(scope="module")
def moved(photographs, tmp_path_factory):
    output = tmp_path_factory.mktemp("out") / "moved"
    summary = animate(photographs, output)
    return output, summary


def rows(folder):
    with (folder / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_written(moved):
    output, summary = moved
    assert summary["taken"] == PEOPLE
    assert summary["refused"] == {"cannot be read": 1, "no face found": 1}
    listed = rows(output)
    assert len(listed) == PEOPLE * 7
    assert {row["split"] for row in listed} == {"train", "test", "neutral"}
    for row in listed:
        picture = np.asarray(Image.open(output / row["path"]))
        assert picture.shape == (64, 64, 3)
        motion = decode_motion((output / row["motion"]).read_bytes())
        assert len(motion) == 64
        if row["expression"] == "neutral":
            assert float(row["intensity"]) == 0
            assert not motion[..., :2].any()
        else:
            assert 0.1 <= float(row["intensity"]) <= 1
            assert motion[..., :2].any()
    page = (output / report.REPORT_HTML).read_text()
    assert "no face found" in page and "3 of 5 photographs" in page
    assert json.loads((output / report.REPORT_JSON).read_text())["people"] == 3
    assert not (output / ".unfinished").exists()


def test_what_is_taken_does_not_depend_on_how_large_pictures_are(
        photographs, tmp_path, monkeypatch):
    sides, face = [], Animator.load().fit(rendered(), landmarks(), 128)

    def recorded(self, picture, five_points, most_side):
        sides.append(most_side)
        return face

    monkeypatch.setattr(Animator, "fit", recorded)
    photos = photographs_to_move(photographs / "p0", "")[0]
    monkeypatch.setattr(jobs, "fault", lambda measures, **_: "enough")
    for side in (64, 256, 512):
        jobs.animate_photograph(
            Animator.load(), Settings(side=side), photos[0], 0, Nowhere()
        )
    assert sides == [256, 256, 512]


class Nowhere:
    """An output folder that keeps nothing."""

    path = pathlib.Path(tempfile.gettempdir())

    @contextlib.contextmanager
    def file(self, path):
        with tempfile.TemporaryDirectory() as folder:
            yield pathlib.Path(folder) / path.name


def test_what_moves_goes_on_beyond_the_photographs_edge():
    """They were cut off there, and the edge's colour hung below them."""
    points = landmarks()
    mouth = points[3:].mean(axis=0)
    unit = np.linalg.norm(points[1] - points[0])
    edge = int(mouth[1] + 0.25 * unit)
    picture = rendered()[:edge]
    transform = alignment.similarity(points, 128)
    whole, shift = jobs.with_room(picture, transform, 128)
    assert list(shift) == [0, 0] and len(whole) > edge + 0.2 * unit
    assert np.array_equal(whole[:edge], picture[:, :whole.shape[1]])
    assert (whole[edge:] == picture[-1]).all()
    plain, roomy = (
        alignment.cut_out(image, 128, transform).astype(int)
        for image in (picture, whole)
    )
    assert np.abs(plain - roomy).max() <= 1
    face = Animator.load().fit(picture, points)
    # Lips keep within the photograph; chin and beard need not.
    motion = dataclasses.replace(face, lip_room=5.0).motion("surprise")
    below = int(edge + 0.04 * unit)
    moved = motion.apply(whole)
    assert np.abs(
        moved[below:].astype(int) - whole[below:]
    ).max() > 60
    # Whatever lies left of the photograph shifts the rest.
    _, shift = jobs.with_room(
        picture[:, 60:], alignment.similarity(points - [60, 0], 128), 128
    )
    assert shift[0] > 0


def same(one, other):
    compared = filecmp.dircmp(one, other)
    assert not compared.left_only and not compared.right_only
    for name in compared.common_files:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    for name in compared.common_dirs:
        same(one / name, other / name)


def test_a_killed_run_goes_on_with_any_number_of_processes(
    photographs, moved, tmp_path, monkeypatch
):
    output = tmp_path / "again"

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(report, "write", full)
        with pytest.raises(UserError, match="No space left"):
            animate(photographs, output, workers=2)
    assert not (output / "manifest.csv").exists()
    with pytest.raises(UserError, match="other settings"):
        animate(photographs, output, seed=7)
    kept = (output / "images" / "00003_happy_0.jpg").stat().st_mtime_ns
    (output / "images" / "00004_happy_0.jpg").unlink()
    animate(photographs, output)
    assert kept == (
        output / "images" / "00003_happy_0.jpg"
    ).stat().st_mtime_ns
    same(moved[0], output)
    with pytest.raises(UserError, match="finished data set"):
        animate(photographs, output)


def test_records_of_it(moved, tmp_path):
    output, _ = moved
    made = tmp_path / "made"
    for side in (64, 32):
        make_dataset(
            Manifest(output), made, options=Options(image_size=side),
            workers=1, overwrite=True,
        )
        assert check(made) == ([], PEOPLE * 7)
        description = json.loads((made / records.DATASET_FILE).read_text())
        assert description["format"] == records.FORMATS[1]
    # Another cut has another motion.
    with pytest.raises(UserError, match="another cut"):
        make_dataset(
            Manifest(output), tmp_path / "wide",
            options=Options(image_size=64, margin=0.3, align="always"),
            workers=1,
        )
    other = shutil.copytree(made, tmp_path / "other")
    merge([made, other], tmp_path / "merged")
    assert check(tmp_path / "merged") == ([], 2 * PEOPLE * 7)


def test_damaged_motions_are_found(moved, tmp_path):
    output, _ = moved
    made = tmp_path / "made"
    make_dataset(
        Manifest(output), made, options=Options(image_size=64), workers=1
    )
    shard = next(made.glob("train-*"))
    stored = [
        record.numpy() for record in tf.data.TFRecordDataset(str(shard))
    ]
    for motion, reason in (
        (b"no motion", "cannot be used"),
        (encode_motion(np.zeros((9, 9, 4))), "of 9 x 9 pixels"),
    ):
        with tf.io.TFRecordWriter(str(shard)) as writer:
            for serialized in stored:
                record = records.parse_record(serialized)
                writer.write(records.encode_record(
                    record["image"].numpy(),
                    record["subject"].numpy().decode(),
                    record["expression"].numpy().decode(), 0.5, motion,
                ))
        faults, _ = check(made)
        assert any(reason in str(fault) for fault in faults)


def test_bad_input_is_one_line(photographs, tmp_path):
    def refused(message, **changes):
        request = AnimateRequest(**{
            "photos": str(photographs), "output": str(tmp_path / "out"),
            "workers": 1, **changes,
        })
        with pytest.raises(UserError, match=message) as error:
            dataset.animate_dataset(request, Settings(side=64))
        assert "\n" not in str(error.value)

    refused("does not exist", photos=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    refused("holds no photograph", photos=str(tmp_path / "empty"))
    refused("must be one of", source="nonsense")
    refused("does not exist", ict_model=str(tmp_path / "face.npz"))
    (tmp_path / "text.npz").write_text("text")
    refused("no face model", ict_model=str(tmp_path / "text.npz"))
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    refused("not empty", output=str(tmp_path / "used"))


def test_of_a_data_set_the_neutral_photographs_are_taken(
    photographs, tmp_path
):
    (tmp_path / "manifest.csv").write_text(
        "path,expression,subject,split\n"
        f"{photographs}/p0/face.png,neutral,anna,test\n"
        f"{photographs}/p1/face.png,happy,ben,train\n"
        f"{photographs}/p2/face.png,Neutral,carl,train\n"
    )
    photos, skipped = photographs_to_move(tmp_path)
    assert [photo.subject for photo in photos] == ["anna", "carl"]
    assert not skipped


def test_a_smile_is_taken_back_before_it_moves(tmp_path):
    """From a photograph that smiles a network learns to start anywhere."""
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for name, expression in (("smiles", "happy"), ("rests", "neutral")):
        Image.fromarray(rendered(
            "neutral" if expression == "neutral" else "train", expression, 2
        )).save(photographs / f"{name}.png")
    (photographs / "manifest.csv").write_text(
        "path,expression,subject\n"
        "smiles.png,happy,anna\nsmiles.png,neutral,bea\n"
        "rests.png,neutral,carl\n"
    )
    summary = animate(
        photographs, tmp_path / "out", any_expression=True, test_fraction=0.0
    )
    assert summary["taken"] == 3
    listed = rows(tmp_path / "out")
    assert len(listed) == 8 + 8 + 7
    shown, = [row for row in listed if row["subject"] == "anna"
              and not row["intensity"]]
    assert (shown["expression"], shown["split"]) == ("happy", "train")
    neutral = {
        row["subject"]: row for row in listed
        if row["expression"] == "neutral" and row["path"].endswith(
            "_neutral.jpg")
    }

    def size_of_motion(row):
        motion = decode_motion((tmp_path / "out" / row["motion"]).read_bytes())
        return np.abs(motion[..., :2]).max()

    assert not size_of_motion(shown) and not size_of_motion(neutral["carl"])
    # Labels are taken for what they are, and pictures for what they show.
    assert size_of_motion(neutral["anna"]) > 1
    assert size_of_motion(neutral["bea"]) == size_of_motion(neutral["anna"])
    make_dataset(
        Manifest(tmp_path / "out"), tmp_path / "data",
        options=Options(image_size=64), workers=1,
    )
    data = records.Dataset.open(tmp_path / "data")
    moved = MovedPhotographs(
        data, tiny_config(image_size=64, classes=data.classes),
        ("train", "neutral"), ("anna", "carl"),
    )
    assert sorted(
        moved.neutral == moved.untouched for moved in moved.photographs
    ) == [False, True]


def test_a_tint_keeps_brightness():
    gray = np.repeat(np.arange(10, 240, dtype="uint8")[:, None, None], 3, 2)
    assert is_gray(gray)
    coloured = tinted(gray, np.random.default_rng(3)).astype(float)
    assert not is_gray(coloured.astype("uint8"))
    luminance = coloured @ [0.299, 0.587, 0.114]
    assert np.abs(luminance - gray[..., 0])[:150].max() < 3
    assert (coloured[20:200, 0, 0] > coloured[20:200, 0, 2]).all()


def test_every_row_says_what_its_columns_promise(moved):
    assert tuple(rows(moved[0])[0]) == jobs.COLUMNS
