"""Scores of edited photographs, by hand."""

import types

import numpy as np
import pytest

from exprgan_tf.config import NEUTRAL
from exprgan_tf.evaluation.metrics.base import measure
from exprgan_tf.evaluation.photographs import report, scores
from exprgan_tf.evaluation.photographs.groups import by_lightness, lightness
from exprgan_tf.evaluation.photographs.measuring import INTENSITIES, Measured
from exprgan_tf.evaluation.photographs.scores import PhotographScores, Scored
from exprgan_tf.evaluation.photographs.showing import Showcase

NAMES = ("angry", "disgust", "fear", "surprise", NEUTRAL)
ASKED = NAMES[:4]


def likely(*names):
    """Probabilities of which each of these is the likeliest, in a row."""
    return np.stack([
        0.1 + 0.5 * (np.array(NAMES) == name) for name in names
    ])


def test_confusions_by_hand():
    # Two photographs. Anger is taken for disgust once, fear for surprise
    # twice, surprise for neutral once.
    full = np.stack([
        likely("disgust", "disgust", "surprise", "surprise"),
        likely("angry", "disgust", "surprise", NEUTRAL),
    ])
    assert list(scores.right_by_class(full, [0, 1, 2, 3])) == [0.5, 1, 0, 0.5]
    assert scores.confused(full, ASKED, NAMES) == pytest.approx(
        (0.5 + 0 + 1 + 0) / 4
    )
    # One of the pairs alone, and none.
    assert scores.confused(full[:, :2], ASKED[:2], NAMES) == 0.25
    assert np.isnan(scores.confused(full[:, 1:3], ASKED[1:3], NAMES))
    # A lost face is no answer.
    full[1, 2] = np.nan
    assert scores.right_by_class(full, [0, 1, 2, 3])[2] == 0
    assert scores.confused(full, ASKED, NAMES) == pytest.approx(1.5 / 4)


def test_correlations_by_hand():
    own = np.array([[
        [0.0, 0.3, 0.6, 1.0], [1.0, 0.7, 0.4, 0.0], [0.5, 0.5, 0.5, 0.5],
        [0.1, 0.2, np.nan, 0.9], [0.0, 0.0, 0.0, 1.0],
    ]])
    found = scores.correlations(own)
    assert list(found[0, :3]) == pytest.approx([1, -1, 0])
    assert np.isnan(found[0, 3])
    assert found[0, 4] == pytest.approx(
        np.corrcoef(INTENSITIES, own[0, 4])[0, 1]
    )
    assert list(scores.log_odds(np.array([0.5, 0.75]))) == pytest.approx(
        [0, np.log(3)]
    )
    assert np.isfinite(scores.log_odds(np.array([0.0, 1.0]))).all()


def test_harmonic_means_by_hand():
    assert scores.harmonic(0.5, 1.0) == pytest.approx(2 / 3)
    assert scores.harmonic(0.0, 1.0) == scores.harmonic(0.5, -0.2) == 0
    assert np.isnan(scores.harmonic(0.5, np.nan))


def by_hand(seen, identity=0.8):
    """Values of a photograph of which `seen` is judged at intensity 1."""
    judged = np.repeat(likely(*[NEUTRAL] * 4)[:, None], 4, axis=1)
    judged[:, -1] = likely(*seen)
    still = np.zeros((4, 4))
    return {
        "probabilities": judged, "identity": still + identity,
        "before": judged[0, 0], "sharpness_changed": still + identity,
        **dict.fromkeys((
            "lost", "largest", "mean", "beyond_largest", "beyond_mean",
            "sharpness_kept",
        ), still),
    }


def test_scores_by_hand():
    state = Scored(
        [by_hand(ASKED, 0.8), by_hand(("angry", "angry", "fear", "fear"), 0.4)],
        ASKED, NAMES,
    )
    values, intervals = measure(PhotographScores(), state)
    assert values["accuracy"] == pytest.approx(0.75)
    assert values["accuracy_disgust"] == 0.5
    assert values["probability"] == pytest.approx((6 * 0.6 + 2 * 0.1) / 8)
    assert values["identity"] == pytest.approx(0.6)
    assert values["harmonic"] == pytest.approx(0.9 / 1.35)
    assert values["harmonic_probability"] == pytest.approx(
        2 * 0.475 * 0.6 / (0.475 + 0.6)
    )
    # Of eight, two see nothing change; the others see a step at the end.
    step = np.corrcoef(INTENSITIES, [0, 0, 0, 1])[0, 1]
    assert values["correlation"] == pytest.approx(6 / 8 * step)
    assert values["confused"] == 0.25
    assert values["neutral_before"] == 1
    assert values["sharpness_changed"] == pytest.approx(0.6)
    assert intervals["accuracy"] == pytest.approx((0.5, 1))
    assert "beyond_largest" not in intervals
    np.testing.assert_array_equal(state.confusion(), [
        [2, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 2, 0, 0], [0, 0, 1, 1, 0],
    ])


def test_thirds_by_the_lightness_of_faces():
    # Of twelve faces the four lightest are taken for nothing asked.
    seen = {True: ASKED, False: [NEUTRAL] * 4}
    faces = [
        {**by_hand(seen[light < 66]), "lightness": np.float64(light)}
        for light in (70, 10, 20, 30, 95, 40, 50, 60, 65, 80, 90, 35)
    ]
    groups = by_lightness(Scored(faces, ASKED, NAMES))
    assert [group.name for group in groups] == ["darkest", "middle", "lightest"]
    assert [group.lightness for group in groups] == [
        (10, 35), (40, 65), (70, 95)
    ]
    assert [group.values["accuracy"] for group in groups] == [1, 1, 0]
    column = types.SimpleNamespace(name="motion", groups=groups)
    text = "".join(report._by_lightness([column]))
    assert "motion, lightest" in text and "70.0 to 95.0" in text
    # Three of each say nothing.
    few = Scored(faces[:11], ASKED, NAMES)
    assert by_lightness(few) == []
    assert "".join(report._by_lightness([
        types.SimpleNamespace(name="motion", groups=[])
    ])) == ""


def test_the_lightness_is_that_of_the_face():
    pixels = np.zeros((4, 4, 3), "uint8")
    pixels[1:3] = 255
    face = pixels[..., 0] == 255
    face[1, 0] = face[0, 0] = True
    original = types.SimpleNamespace(pixels=pixels, face=face)
    assert lightness(original) == pytest.approx(100, abs=0.01)


def test_best_worst_and_drawn_edits():
    showcase = Showcase()
    for number in range(9):
        picture = np.full((8, 8, 3), number, "uint8")
        values = by_hand(ASKED, number / 10)
        values["probabilities"] = values["probabilities"].copy()
        if number == 4:
            values["probabilities"][1, -1] = np.nan
        showcase.add(
            Measured(str(number), values, picture, [[picture]] * 4, []), ASKED,
            NAMES, number < 2,
        )
    assert list(showcase.shown) == ["0", "1"]
    assert [pair.name for pair in showcase.best] == ["8"] * 4
    # The lost one comes first, then the three of nobody's likeness.
    worst = showcase.worst
    assert (worst[0].name, worst[0].expression) == ("4", "disgust")
    assert worst[0].seen is None
    assert [pair.name for pair in worst[1:]] == ["0"] * 3
    assert len(showcase.drawn) == 4
    assert len({pair.name for pair in showcase.drawn}) > 1
