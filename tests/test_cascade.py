"""MTCNN without TensorFlow, beside the package that runs it there."""

import importlib.util

import numpy as np
import pytest
from animation_photographs import rendered
from mtcnn import MTCNN
from test_alignment import on_canvas

from exprgan_tf.errors import UserError
from exprgan_tf.faces.cascade import Cascade, cascade
from exprgan_tf.faces.detector import LANDMARKS


def a_crowd():
    """Three faces of three sizes, one of them over the edge."""
    picture = np.array(on_canvas(rendered(), 200, 8, (300, 60), (641, 403)))
    for number, side, corner in ((1, 96, (40, 220)), (2, 150, (520, 240))):
        face = np.asarray(
            on_canvas(rendered(number=number), side, -5, (0, 0), (side, side))
        )
        x, y = corner
        rows, columns = picture[y:y + side, x:x + side].shape[:2]
        picture[y:y + side, x:x + side] = face[:rows, :columns]
    return picture


def found_by_the_package(pictures, **thresholds):
    return [
        [(
            face["box"], face["confidence"],
            [face["keypoints"][name] for name in LANDMARKS],
        ) for face in faces]
        for faces in MTCNN(device="CPU:0").detect_faces(pictures, **thresholds)
    ]


@pytest.mark.parametrize("sure", [(0.6, 0.7, 0.8), (0.5, 0.5, 0.5)])
def test_what_is_found_is_what_the_package_finds(sure):
    pictures = [
        a_crowd(), np.full((403, 641, 3), 128, "uint8"),
        np.asarray(on_canvas(rendered(), 130, 0, (10, 20), (641, 403))),
    ]
    expected = found_by_the_package(pictures, **dict(zip(
        ("threshold_pnet", "threshold_rnet", "threshold_onet"), sure,
        strict=True,
    )))
    assert min(map(len, expected)) == 0 and max(map(len, expected)) >= 2
    for made in (
        cascade()(pictures, sure),
        [cascade()([one], sure)[0] for one in pictures],
    ):
        assert [len(faces) for faces in made] == [
            len(faces) for faces in expected
        ]
        for face, (box, confidence, places) in (
            pair for pairs in zip(made, expected, strict=True)
            for pair in zip(*pairs, strict=True)
        ):
            # It ends boxes at the edge, and rounds.
            ended = np.clip(face[0], 0, (640, 402, 640, 402))
            ended[2:] -= ended[:2]
            np.testing.assert_allclose(ended, box, atol=0.51)
            assert face[1] == pytest.approx(confidence, abs=1e-4)
            np.testing.assert_allclose(face[2], places, atol=0.51)


@pytest.mark.parametrize("shape", [(5, 300, 3), (12, 12, 3), (21, 20, 3)])
def test_pictures_that_no_face_fits(shape):
    assert cascade()([np.zeros(shape, "uint8")] * 2) == [[], []]


def test_weights_that_are_not_there(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install mtcnn"):
        Cascade()
