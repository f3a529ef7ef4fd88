"""Which faces are moved, and why others are not."""

import dataclasses

import numpy as np
import pytest
from animation_photographs import landmarks, rendered
from PIL import Image, ImageDraw
from scipy import ndimage

from exprgan_tf.animation import quality
from exprgan_tf.animation.animator import Animator


@pytest.fixture(scope="module")
def face():
    return Animator.load().fit(rendered(), landmarks())


def reason(picture, points):
    return fault(Animator.load().fit(picture, points), picture)


def fault(face, picture):
    return quality.fault(quality.measure(face, picture))


def test_the_gate_takes_a_neutral_face(face):
    assert fault(face, rendered()) is None


def test_the_gate_tells_what_is_wrong():
    picture, points = rendered(), landmarks()
    soft = ndimage.gaussian_filter(picture, (4, 4, 0))
    assert reason(soft, points) == "blurred"
    small = picture[::5, ::5]
    assert reason(small, points / 5) == "the face is too small"
    scream = ("train", "surprise", 2)
    assert reason(rendered(*scream), landmarks(*scream)) in (
        "mouth open", "teeth are shown", "not neutral",
    )
    covered = picture.copy()
    low = int(points[2, 1])
    covered[low:] = 255
    covered[low::7] = 20
    assert reason(covered, points) is not None


def behind(colour, middle):
    """The rendered face behind a fist or a microphone on its stem."""
    picture = Image.fromarray(rendered())
    draw = ImageDraw.Draw(picture)
    points = landmarks()
    unit = np.linalg.norm(points[1] - points[0])
    x, y = points[3:].mean(axis=0)
    y += middle * unit
    for share in np.linspace(1, 0.2, 9):
        size = 0.34 * unit * share
        shade = tuple(int(part * (1.25 - 0.5 * share)) for part in colour)
        draw.ellipse((x - size, y - size, x + size, y + size), shade)
        draw.rectangle((x - size / 2, y, x + size / 2, 400), shade)
    return np.asarray(picture)


def test_a_thing_before_the_mouth_is_told_from_a_face(face):
    assert quality.measure(face, rendered()).covered < 0.3
    for colour, middle in (((190, 150, 130), 0.1), ((30, 30, 32), 0.25)):
        assert reason(behind(colour, middle), landmarks()) == (
            "something covers the lower face"
        )


def test_a_shadow_covers_nothing():
    """Shadows and beards were refused for it, and hands were not."""
    shaded = rendered().astype("float32")
    shaded[:, :len(shaded) // 2] *= 0.45
    assert reason(shaded.astype("uint8"), landmarks()) is None


def test_editing_takes_faces_that_are_not_learned_from(face):
    """A network moved them, with grayer teeth and bent glasses."""
    good = quality.measure(face, rendered())
    for name, value, too_much in (
        ("yaw", 27, 33), ("covered", 0.8, 0.95), ("outside", 0.15, 0.4),
        ("room", 0.02, -0.3), ("dark_lenses", 0.6, None),
        ("eye_contrast", 0.05, None),
    ):
        odd = dataclasses.replace(good, **{name: value})
        assert quality.fault(odd) is not None
        assert quality.fault(odd, to_learn_from=False) is None
        if too_much is not None:
            odd = dataclasses.replace(good, **{name: too_much})
            assert quality.fault(odd, to_learn_from=False) is not None


def test_every_reason_has_a_measure():
    names = {field.name for field in dataclasses.fields(quality.Measures)}
    assert {limit[0] for limit in quality._LIMITS} == names
    assert len(set(quality.REASONS)) == len(quality.REASONS)
