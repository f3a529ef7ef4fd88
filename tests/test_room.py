"""Faces move as far as the photograph has pixels to show."""

import dataclasses

import numpy as np
import pytest
from animation_photographs import landmarks, rendered

from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.recipes import one_sided, shapes_of
from exprgan_tf.animation.room import lip_room, within_room

STEPS = (1 / 3, 2 / 3, 1.0)


@pytest.fixture(scope="module")
def face():
    return Animator.load().fit(rendered(), landmarks())


def drops(face, expression="surprise"):
    """How far the lower lip goes down at rising intensities, of the eyes'
    distance."""
    model = face.animator.model
    return [
        sum(
            weight * model.lip_drop(name) / 6.3 for name, weight in within_room(
                face, {
                    name: weight * step for name, weight in
                    one_sided(model, shapes_of(expression)).items()
                }
            ).items()
        )
        for step in STEPS
    ]


def test_a_mouth_stays_in_the_photograph(face):
    """The jaw fell out of tight photographs: at full intensity the mouth was
    a hole without a lower lip, and landmarks found less of it than at 2/3."""
    far = dataclasses.replace(face, lip_room=5.0)
    free = drops(far)
    np.testing.assert_allclose(free, np.array(STEPS) * free[-1], rtol=1e-3)
    for room in (0.3, 0.2, 0.13):
        tight = drops(dataclasses.replace(face, lip_room=room))
        assert tight == sorted(set(tight))
        assert tight[-1] < room - 0.05 < free[-1]


def test_what_lifts_the_lip_needs_no_room(face):
    model = face.animator.model
    weights = one_sided(model, {"mouthShrugLower": 0.9, "browDown": 1.0})
    tight = dataclasses.replace(face, lip_room=0.0)
    assert within_room(tight, weights) == weights


def test_the_lower_lip_is_seen_in_a_tight_photograph(face):
    bottom = int(face.landmarks[17, 1] + 0.15 * face.eye_distance)
    tight = Animator.load().fit(rendered()[:bottom], landmarks())
    assert tight.lip_room < 0.25 < face.lip_room
    mask = tight.motion("surprise").mask
    inside = np.argwhere(mask > 0.5) @ [[0, 1], [1, 0]]
    back = np.linalg.inv(np.vstack([tight.transform, [0, 0, 1]]))
    low = (inside @ back[:2, :2].T + back[:2, 2])[:, 1].max()
    assert low < bottom - 0.05 * tight.eye_distance


@pytest.mark.parametrize(("down", "expected"), [
    ([0.0, 1.0], 30), ([1.0, 0.0], 40), ([0.6, 0.8], 37.5),
])
def test_room_is_measured_downwards_from_the_face(down, expected):
    """In a picture of 100 x 80 pixels, a face of any tilt."""
    marks = np.tile([[59.5, 49.5]], (468, 1))
    back = np.array([[down[1], down[0]], [-down[0], down[1]]])
    transform = np.hstack([np.linalg.inv(back), [[3.0], [4.0]]])
    found = lip_room(marks, transform, (80, 100, 3), 10.0)
    assert found == pytest.approx(expected / 10)
