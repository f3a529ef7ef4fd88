"""The weights that come along: `--model` may be missing."""

import numpy as np
import pytest
from commands import ROOT, run_here
from PIL import Image

from exprgan_tf import ExprGAN
from exprgan_tf.faces.photographs import read_face
from exprgan_tf.model_files.heads import CARRIED_MODEL
from exprgan_tf.training.classifier import ExpressionClassifier

FACE = ROOT / "exprgan_tf" / "page" / "static" / "example1.jpg"


@pytest.fixture(scope="module")
def carried():
    return ExprGAN.load()


def test_they_are_small_and_described():
    files = [*CARRIED_MODEL.parent.iterdir()]
    # The motion network is not in every copy.
    assert {file.name for file in files} - {"motion.keras"} == {
        "exprgan.keras", "classifier.keras", "MODEL_CARD.md"
    }
    assert CARRIED_MODEL.stat().st_size < 20e6


def test_they_keep_the_face_and_change_its_expression(carried):
    """Numbers are the model card's; these bounds only tell it from noise."""
    face = read_face(FACE, carried.config, "never").image[None]
    neutral = carried.edit(face, "neutral", refine="none")
    assert np.abs(neutral - face).mean() < 0.15
    classifier = ExpressionClassifier.load(CARRIED_MODEL.parent)
    assert classifier.config.classes == carried.config.classes
    shown = [
        carried.config.classes[int(classifier.predict_labels(
            carried.edit(face, name, 1.0, refine="none")
        )[0])]
        for name in carried.config.classes
    ]
    right = np.equal(shown, carried.config.classes)
    assert right.sum() >= len(right) - 1, shown


def test_edit_needs_no_model(tmp_path, capsys):
    result = run_here(
        "edit", f"--input={FACE}", f"--output={tmp_path}",
        "--expressions=happy", "--intensities=1", "--align=never",
        "--method=decoder",
        capsys=capsys,
    )
    assert result.returncode == 0, result.stderr
    with Image.open(tmp_path / "example1_happy_1.00.png") as picture:
        assert picture.size[0] == ExprGAN.load().config.image_size
