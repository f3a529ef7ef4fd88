"""What was saved before the package was given rooms still loads.

`data/before/made.zip` was written by commit 3a0c068: a data set, a run of the
tiny networks of conftest.py that was killed in stage 2 after two of its four
steps, and what that code made of them: an edited face, stage 2's losses.
"""

import csv
import pathlib
import zipfile

import numpy as np
import pytest
from conftest import CLASSES, train

from exprgan_tf import ExprGAN
from exprgan_tf.config import Config
from exprgan_tf.data.batches import tf_data
from exprgan_tf.data.checking import check
from exprgan_tf.data.records import Dataset
from exprgan_tf.training.classifier import ExpressionClassifier
from exprgan_tf.training.face_features import face_features
from exprgan_tf.training.run_folder import RunFolder

MADE = pathlib.Path(__file__).parent / "data" / "before" / "made.zip"


@pytest.fixture
def before(tmp_path):
    with zipfile.ZipFile(MADE) as file:
        file.extractall(tmp_path)
    return tmp_path


@pytest.fixture
def face():
    return np.linspace(-1, 1, 3072, dtype="float32").reshape(1, 32, 32, 3)


def test_a_model_edits_as_it_did(before, face):
    edited = ExprGAN.load(before / "run" / "stage1.keras").edit(
        face, "sad", 0.5, refine="none"
    )
    np.testing.assert_allclose(
        edited, np.load(before / "edited.npy"), atol=2e-3
    )


def test_a_classifier_says_what_it_sees(before, face):
    classifier = ExpressionClassifier.load(before / "run")
    assert classifier.config.classes == CLASSES
    assert classifier.probabilities(face).sum() == pytest.approx(1)


def test_face_features_see(before, face):
    run = before / "run"
    phi = face_features(
        Dataset.open(before / "data"), Config.from_file(run / "config.json"),
        RunFolder(run),
    )
    assert [map_.shape[1] for map_ in phi(face)] == [32, 16]


def test_records_are_read(before):
    dataset = Dataset.open(before / "data")
    dataset.verify()
    assert check(before / "data") == ([], 60)
    config = Config.from_file(before / "run" / "config.json")
    faces = tf_data.load_split(dataset, "test", config)
    assert faces["image"].shape == (18, 32, 32, 3)


def test_a_run_goes_on_where_it_was_killed(before):
    run = before / "run"
    config = Config.from_file(run / "config.json")
    train(config.replace(data_dir=str(before / "data")), (2,), run)
    assert (run / "stage2.keras").exists()
    with (
        (run / "stage2_losses.csv").open() as found,
        (before / "stage2_losses.csv").open() as expected,
    ):
        (row,), (wanted,) = csv.DictReader(found), csv.DictReader(expected)
    assert {name: float(value) for name, value in row.items()} == (
        pytest.approx({
            name: float(value) for name, value in wanted.items()
        }, rel=1e-3)
    )
