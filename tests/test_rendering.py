"""Rendering, with a tiny face model in the files of the real one."""

import csv
import dataclasses
import hashlib
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from commands import run_here
from PIL import Image

from exprgan_tf.data.sources.manifest import Manifest
from exprgan_tf.errors import UserError

pytest.importorskip("numba", reason="pip install '.[render]'")

from tiny_face_model import write_face_model

from exprgan_tf.rendering.dataset import render_dataset
from exprgan_tf.rendering.face_model import read_face_model
from exprgan_tf.rendering.jobs import render_subject
from exprgan_tf.rendering.paint_maps import PaintMaps
from exprgan_tf.rendering.settings import Settings
from exprgan_tf.support import output_folder
from exprgan_tf.support.output_folder import OutputFolder

ROOT = pathlib.Path(__file__).parents[1]
SETTINGS = Settings(
    subjects=3, per_expression=1, ladders=True, image_size=32
)


@pytest.fixture(scope="module")
def face_x_model(tmp_path_factory):
    """Folder and `Topology`."""
    folder = tmp_path_factory.mktemp("ict") / "FaceXModel"
    folder.mkdir()
    return folder, write_face_model(folder)


def render(model, output, settings=SETTINGS, workers=1, **more):
    folder, its_topology = model
    return render_dataset(
        folder, output, settings, workers, topology=its_topology,
        texture_side=128, **more,
    )


def checksums(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def rendered(face_x_model, tmp_path_factory):
    output = tmp_path_factory.mktemp("rendered") / "faces"
    return output, render(face_x_model, output)


def test_two_processes_write_the_same_bytes(rendered, face_x_model, tmp_path):
    render(face_x_model, tmp_path / "faces", workers=2)
    assert checksums(tmp_path / "faces") == checksums(rendered[0])


def test_manifest_is_read_and_complete(rendered):
    output, splits = rendered
    source = Manifest(output)
    photos = source.photos()
    assert not source.skipped
    assert splits == {"train": 12, "test": 6, "neutral": 3, "ladder": 31}
    assert len(photos) == len(list((output / "images").iterdir())) == 52
    for split in ("test", "ladder"):
        assert {
            photo.subject for photo in photos if photo.split == split
        } == {"s002"}
    for photo in photos:
        assert (photo.intensity == 0) == (photo.expression == "neutral")
        with Image.open(photo.path) as image:
            assert image.size == (32, 32)
    assert not (output / ".unfinished").exists()
    assert "USC" in (output / "README.md").read_text()


def test_ladder_scales_the_weights_in_one_view(rendered):
    with (rendered[0] / "manifest.csv").open() as file:
        rows = [
            row for row in csv.DictReader(file) if row["split"] == "ladder"
        ]
    assert len({(row["yaw"], row["pitch"], row["roll"]) for row in rows}) == 1
    happy = [row for row in rows if row["expression"] == "happy"]
    weights = [json.loads(row["weights"])["mouthSmile_L"] for row in happy]
    intensities = [float(row["intensity"]) for row in happy]
    assert intensities == [0.2, 0.4, 0.6, 0.8, 1.0]
    np.testing.assert_allclose(
        weights, np.multiply(intensities, weights[-1]), atol=1e-4
    )


def test_eyes_are_where_every_image_has_them(rendered):
    points = np.array([
        photo.landmarks for photo in Manifest(rendered[0]).photos()
    ])
    left, right, nose, mouth_left, mouth_right = points.transpose(1, 0, 2)
    # Rows 48 of 128, 36 apart, up to the shifts of a quarter pixel here.
    np.testing.assert_allclose((left + right)[:, 1] / 2, 11.5, atol=0.26)
    np.testing.assert_allclose((left + right)[:, 0] / 2, 15.5, atol=0.26)
    distance = np.linalg.norm(right - left, axis=1)
    np.testing.assert_allclose(distance, 9, atol=0.1)
    assert (left[:, 0] < right[:, 0]).all()
    assert (left[:, 1] < nose[:, 1]).all()
    assert (nose[:, 1] < mouth_left[:, 1]).all()
    assert (mouth_left[:, 0] < mouth_right[:, 0]).all()


def test_another_seed_gives_other_faces(rendered, face_x_model, tmp_path):
    """And here, outside of a worker, the same seed gives the same bytes."""
    model = read_face_model(*face_x_model)
    maps = PaintMaps(model, 128)
    for seed in (1, 2):
        folder = OutputFolder(tmp_path / str(seed), "rendered faces")
        folder.begin({}, overwrite=False)
        settings = dataclasses.replace(SETTINGS, seed=seed)
        render_subject(model, maps, settings, 0, folder)
        made = checksums(folder.path / "images")
        assert len(made) == 7
        for name, checksum in made.items():
            is_same = checksum == checksums(rendered[0] / "images")[name]
            assert is_same == (seed == 1)


def test_killed_run_is_continued(rendered, face_x_model, tmp_path):
    """Killed at any time, it leaves whole files, and the same end."""
    output = tmp_path / "faces"
    script = tmp_path / "run.py"
    script.write_text(
        "import pathlib, pickle, sys\n"
        "from exprgan_tf.rendering.dataset import render_dataset\n"
        "if __name__ == '__main__':\n"
        "    arguments, more = pickle.load(open(sys.argv[1], 'rb'))\n"
        "    render_dataset(*arguments, **more)\n"
    )
    folder, its_topology = face_x_model
    (tmp_path / "arguments").write_bytes(pickle.dumps((
        (folder, output, SETTINGS, 1),
        {"topology": its_topology, "texture_side": 128},
    )))
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "arguments")], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (output / ".unfinished" / "0.rows.json").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert not (output / "manifest.csv").exists()
    kept = (output / "images" / "s000_neutral.jpg").stat().st_mtime_ns
    with pytest.raises(UserError, match="begun with other settings"):
        render(face_x_model, output, Settings(4, 1, image_size=32))
    render(face_x_model, output)
    image = output / "images" / "s000_neutral.jpg"
    assert image.stat().st_mtime_ns == kept
    assert checksums(output) == checksums(rendered[0])


def test_overwriting_has_to_be_asked_for(rendered, face_x_model, tmp_path):
    output = tmp_path / "faces"
    shutil.copytree(rendered[0], output)
    settings = Settings(subjects=2, per_expression=1, image_size=32)
    with pytest.raises(UserError, match="--overwrite"):
        render(face_x_model, output, settings)
    splits = render(face_x_model, output, settings, overwrite=True)
    assert splits == {"train": 6, "test": 6, "neutral": 2}
    assert len(list((output / "images").iterdir())) == 14


def test_foreign_folders_are_left_alone(face_x_model, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="not of this command"):
            render(face_x_model, tmp_path, overwrite=overwrite)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_data_set_of_ones_own_is_not_taken_for_rendered(
    face_x_model, tmp_path
):
    """It has a manifest and images, too."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "s000_happy_0.jpg").write_bytes(b"mine")
    (tmp_path / "manifest.csv").write_text("path,expression\n")
    before = checksums(tmp_path)
    for overwrite in (False, True):
        with pytest.raises(UserError, match="not of this command"):
            render(face_x_model, tmp_path, overwrite=overwrite)
    assert checksums(tmp_path) == before


def test_what_was_put_beside_the_images_is_not_removed(
    rendered, face_x_model, tmp_path
):
    output = tmp_path / "faces"
    shutil.copytree(rendered[0], output)
    (output / "images" / "mine.jpg").write_bytes(b"mine")
    before = checksums(output)
    with pytest.raises(UserError, match=r"mine\.jpg, which exprgan has not"):
        render(face_x_model, output, overwrite=True)
    assert checksums(output) == before


def test_a_full_disk_is_told_before_the_work(
    face_x_model, tmp_path, monkeypatch
):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(
        output_folder.shutil, "disk_usage", lambda path: usage
    )
    with pytest.raises(UserError, match=r"--output=.*MB are free"):
        render(face_x_model, tmp_path / "faces")


@pytest.mark.parametrize("name, content, message", [
    ("jawOpen.obj", None, "jawOpen.obj is missing"),
    ("jawOpen.obj", b"version https://git-lfs.github.com/spec/v1\n", "LFS"),
    ("jawOpen.obj", 0.5, "jawOpen.obj is cut off"),
    ("generic_neutral_mesh.obj", 0.9, "neutral_mesh.obj is cut off"),
    ("identity001.obj", b"", "identity001.obj is cut off"),
    ("vertex_indices.json", b"{", "vertex_indices.json cannot be read"),
    ("vertex_indices.json", None, "vertex_indices.json is missing"),
])
def test_broken_face_models_are_named(
    face_x_model, tmp_path, name, content, message
):
    folder, its_topology = face_x_model
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / name
    if content is None:
        path.unlink()
    elif isinstance(content, float):
        path.write_bytes(path.read_bytes()[:int(
            path.stat().st_size * content
        )])
    else:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_face_model(tmp_path / "model", its_topology)
    assert "--ict_model" in str(error.value)


def test_vertices_cut_in_the_last_number_are_noticed(face_x_model, tmp_path):
    folder, its_topology = face_x_model
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "jawOpen.obj"
    data = path.read_bytes()
    path.write_bytes(data[:data.index(b"\nvt ") - 2])
    with pytest.raises(UserError, match="cut off"):
        read_face_model(tmp_path / "model", its_topology)


@pytest.mark.parametrize("subjects, test_subjects, flag", [
    (1, 0, "--subjects=1"), (5, 5, "--test_subjects=5"),
])
def test_impossible_splits_name_their_flag(subjects, test_subjects, flag):
    with pytest.raises(UserError, match=flag):
        Settings(subjects, 1, test_subjects)


def test_command_answers_a_wrong_folder_in_one_line(tmp_path, capsys):
    result = run_here(
        "render-faces", f"--ict_model={tmp_path / 'none'}",
        f"--output={tmp_path / 'out'}", capsys=capsys,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert f"--ict_model={tmp_path / 'none'}" in result.stderr
    assert not (tmp_path / "out").exists()


def test_missing_numba_is_told_in_one_line():
    result = subprocess.run(
        [sys.executable, "-c", "import sys; sys.modules['numba'] = None\n"
         "import exprgan_tf.rendering.jit"],
        capture_output=True, text=True, cwd=ROOT,
    )
    last = result.stderr.splitlines()[-1]
    assert "UserError: rendering needs numba" in last
    assert "pip install 'exprgan_tf[render]'" in last


def test_one_view_leaves_expression_the_only_difference(
    face_x_model, tmp_path
):
    settings = dataclasses.replace(
        SETTINGS, one_view=True, ladders=False, least_intensity=0.9
    )
    render(face_x_model, tmp_path / "faces", settings)
    with (tmp_path / "faces" / "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    views = {
        row["subject"]: set() for row in rows
    }
    for row in rows:
        views[row["subject"]].add((row["yaw"], row["pitch"], row["roll"]))
    assert [len(seen) for seen in views.values()] == [1, 1, 1]
    assert len(set.union(*views.values())) == 3
    assert all(
        float(row["intensity"]) >= 0.9
        for row in rows if row["expression"] != "neutral"
    )
