"""2,000 files that were damaged: each is read, or refused in one line."""

import csv
import io
import json
import pathlib
import shutil
import zipfile

import numpy as np
import pytest
import tifffile
from absl import flags
from commands import run_here
from conftest import edits, tiny_config
from fuzzing import JSON, damaged, damaged_json, try_many
from hypothesis import strategies as st
from PIL import Image

from exprgan_tf import ExprGAN
from exprgan_tf.config import Config
from exprgan_tf.data.batches.tf_data import load_split
from exprgan_tf.data.checking import check
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.sources import open_source
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.errors import UserError
from exprgan_tf.exporting.folder import export
from exprgan_tf.pictures.files import read_image
from exprgan_tf.pictures.movie_files import write_movie
from exprgan_tf.pictures.movies import Movie
from exprgan_tf.serving.servable import Servable
from exprgan_tf.support.flag_files import FlagValues

KINDS = {"PNG": {}, "JPEG": {"exif": Image.Exif()}, "GIF": {}, "BMP": {},
         "TIFF": {"compression": "tiff_lzw"}, "WEBP": {}}
KINDS["JPEG"]["exif"][0x0112] = 6


def reads(read, path):
    """Calls a reader on a path: an answer, or a `UserError` of one line."""
    def attempt(content):
        path.write_bytes(content)
        try:
            read(path)
        except UserError as error:
            assert str(error) and "\n" not in str(error)
            assert len(str(error)) < 1000

    return attempt


@pytest.mark.parametrize("kind", KINDS)
def test_pictures(kind, tmp_path):
    file = io.BytesIO()
    Image.radial_gradient("L").resize((50, 40)).convert("RGB").save(
        file, kind, **KINDS[kind]
    )
    try_many(
        100, damaged(file.getvalue()), reads(read_image, tmp_path / "x.png")
    )


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_pictures_of_more_than_eight_bits(kind, tmp_path):
    file = io.BytesIO()
    values = np.asarray(Image.radial_gradient("L").resize((50, 40)))
    values = values.astype("uint16") * 16
    if kind == "PNG":
        Image.fromarray(values).save(file, kind)
    else:
        tifffile.imwrite(file, np.dstack([values] * 3), photometric="rgb")
    try_many(
        100, damaged(file.getvalue()), reads(read_image, tmp_path / "x.png")
    )


def test_a_folder_of_pictures(tmp_path, model, capsys):
    """The command's way: each that is broken is told, none stops it."""
    file = io.BytesIO()
    Image.new("RGB", (60, 60), "tan").save(file, "PNG")

    def attempt(contents):
        paths = [tmp_path / f"{index}.png" for index in range(3)]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        edit_photographs(model, paths, edits(
            tmp_path / "out", "sad", align="never", refine="none"
        ))
        shutil.rmtree(tmp_path / "out", ignore_errors=True)

    def told(contents):
        try:
            attempt(contents)
        except UserError as error:
            assert "\n" not in str(error)

    try_many(60, st.tuples(*[damaged(file.getvalue())] * 3), told)


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_films(suffix, tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (6, 32, 48, 3), "uint8")
    write_movie(tmp_path / f"good{suffix}", frames, 10)

    def read(path):
        for index, frame in enumerate(Movie(path)):
            assert frame.shape[2] == 3
            if index > 20:
                break

    try_many(
        120, damaged((tmp_path / f"good{suffix}").read_bytes()),
        reads(read, tmp_path / "x.mp4"),
    )


def test_records(data_dir, tmp_path):
    folder = shutil.copytree(data_dir, tmp_path / "data")
    shard = sorted(folder.glob("*.tfrecord"))[0]

    def read(path):
        faults, _ = check(folder)
        assert all("\n" not in str(fault) for fault in faults)
        load_split(Dataset.open(folder), "train", tiny_config())

    try_many(200, damaged(shard.read_bytes()), reads(read, shard))


def test_descriptions_of_data_sets(data_dir, tmp_path):
    folder = shutil.copytree(data_dir, tmp_path / "data")
    file = folder / "dataset.json"
    content = file.read_bytes()

    def read(path):
        check(folder)

    try_many(
        200, damaged(content) | damaged_json(json.loads(content)),
        reads(read, file),
    )


def test_manifests(tmp_path):
    points = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["path", "subject", "expression", "intensity", "split", *(
        f"{point}_{axis}" for point in points for axis in "xy"
    )])
    for name in "abc":
        (tmp_path / f"{name}.png").touch()
        rows.writerow([f"{name}.png", name, "happy", 0.5, "train",
                       *range(1, 11)])
    try_many(
        250, damaged(text.getvalue().encode(), 8),
        reads(lambda path: open_source("manifest", path).photos(),
              tmp_path / "manifest.csv"),
    )


def test_settings_of_runs(tmp_path):
    good = tiny_config().to_dict()
    try_many(
        250, damaged(json.dumps(good).encode()) | damaged_json(good)
        | JSON.map(lambda value: json.dumps(value).encode()),
        reads(Config.from_file, tmp_path / "config.json"),
    )


def test_flag_files(tmp_path, capsys):
    text = (
        "\ufeff# of a run\n--data_dir='a b'\n--epochs=1,2,3\n--preset=paper\n"
        "--run_dir=x\n--flagfile=other.cfg\n--noaverage\n--seed=3\n"
    ).encode()
    path = tmp_path / "flags.cfg"

    def read_lines(content):
        path.write_bytes(content)
        try:
            FlagValues().read_flags_from_files([f"--flagfile={path}"])
        except flags.Error as error:
            assert "--flagfile" in str(error)

    def run_command(content):
        path.write_bytes(content)
        result = run_here(
            "train", "--stage=all", "--dry_run", f"--flagfile={path}",
            capsys=capsys,
        )
        assert result.stderr.count("\n") <= 1, result.stderr
        assert "Traceback" not in result.stderr

    try_many(150, damaged(text), read_lines)
    try_many(100, damaged(text.replace(b"--flagfile", b"#")), run_command)


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_models(model, tmp_path):
    """Cut off and mixed up, and whole archives of damaged parts."""
    path = tmp_path / "good.keras"
    model.save(path)
    parts = parts_of(path)
    made = damaged(path.read_bytes()) | st.one_of(*(
        damaged(parts[name]).map(
            lambda content, name=name: zipped({**parts, name: content})
        ) for name in parts
    )) | damaged_json(json.loads(parts["config.json"])).map(
        lambda content: zipped({**parts, "config.json": content})
    )
    try_many(80, made, reads(ExprGAN.load, tmp_path / "x.keras"))


def test_saved_models(model, tmp_path):
    """Weights only: a damaged graph may end TensorFlow's process."""
    export(model, tmp_path / "good")
    folder = tmp_path / "good" / "variables"
    for file in sorted(folder.iterdir()):
        content = file.read_bytes()
        try_many(15, damaged(content), reads(
            lambda path: Servable.load(pathlib.Path(path).parents[1]), file
        ))
        file.write_bytes(content)
