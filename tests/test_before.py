"""What earlier versions wrote is read, and goes on, as if it were new.

`data/before/made.tar.xz` was written by commit 3a0c068, before the code was
parted into rooms: a model, a small data set, and a run that was stopped in
the middle of stage 2, with what that version made of them later.
"""

import csv
import pathlib
import shutil
import tarfile

import numpy as np
import pytest
from commands import run_here
from conftest import CLASSES, draw_face, train
from PIL import Image

from exprgan_tf import ExprGAN
from exprgan_tf.config import Config
from exprgan_tf.data.checking import check
from exprgan_tf.data.records import Dataset
from exprgan_tf.pictures.files import read_image
from exprgan_tf.training.classifier import ExpressionClassifier

MADE = pathlib.Path(__file__).parent / "data" / "before" / "made.tar.xz"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(MADE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def expected(made):
    with np.load(made / "expected.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def face():
    return (draw_face(0, "happy", 0.8) / 127.5 - 1).astype("float32")[None]


def test_a_model_edits_as_it_did(made, expected, face):
    model = ExprGAN.load(made / "model.keras")
    assert model.config.classes == CLASSES
    np.testing.assert_allclose(
        model.encode(face), expected["encoded"], atol=1e-5
    )
    np.testing.assert_allclose(
        model.edit(face, "sad", 0.7, refine="none"), expected["edited"],
        atol=2e-3,
    )


def test_the_command_edits_with_it(made, tmp_path, capsys):
    Image.fromarray(draw_face(1, "sad", 1.0)).save(tmp_path / "face.png")
    result = run_here(
        "edit", f"--model={made / 'model.keras'}", "--align=never",
        f"--input={tmp_path / 'face.png'}", f"--output={tmp_path / 'out'}",
        "--expressions=happy", "--intensities=1", "--refine=none",
        capsys=capsys,
    )
    assert result.returncode == 0, result.stderr
    picture = read_image(tmp_path / "out" / "face_happy_1.00.png")
    assert picture.shape == (32, 32, 3)


def test_a_classifier_judges_as_it_did(made, expected, face):
    classifier = ExpressionClassifier.load(made / "run")
    np.testing.assert_allclose(
        classifier.probabilities(face), expected["probabilities"], atol=1e-5
    )


def test_records_are_read_and_checked(made, capsys):
    dataset = Dataset.open(made / "data")
    dataset.verify()
    assert dataset.classes == CLASSES
    assert {
        name: split["records"] for name, split in dataset.splits.items()
    } == {"train": 24, "test": 6, "neutral": 5}
    assert check(made / "data") == ([], 35)
    result = run_here("check-tfrecords", made / "data", capsys=capsys)
    assert result.returncode == 0
    assert "35 records read, 0 faults" in result.stdout


def test_a_run_goes_on_where_it_was_stopped(made, tmp_path):
    """From the middle of an epoch to the stage's end, and to the next."""
    run = shutil.copytree(made / "run", tmp_path / "run")
    first = (run / "stage2_losses.csv").read_text()
    config = Config.from_file(run / "config.json").replace(
        data_dir=str(made / "data")
    )
    train(config, (2,), run)
    assert (run / "stage2_losses.csv").read_text().startswith(first)
    found, wanted = (
        [{name: float(value) for name, value in row.items()}
         for row in csv.DictReader(path.open())]
        for path in (run / "stage2_losses.csv", made / "expected_losses.csv")
    )
    assert len(found) == len(wanted) == 2
    for row, old in zip(found, wanted, strict=True):
        assert row == pytest.approx(old, rel=1e-4)
    edited = ExprGAN.load(run).edit(
        np.zeros((1, 32, 32, 3), "float32"), "sad", refine="none"
    )
    assert np.all(np.isfinite(edited))
