"""Photographs that smile already: mouths close, and other ones open."""

import numpy as np
import pytest
from animation_photographs import landmarks, rendered
from PIL import Image
from skimage import data

from exprgan_tf.animation import quality
from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.covering import cover_test
from exprgan_tf.animation.landmarks import face_mesh
from exprgan_tf.animation.lips import LipEdges, way_to_close
from exprgan_tf.animation.moving import Mover
from exprgan_tf.animation.recipes import one_sided, shapes_of
from exprgan_tf.animation.registration import find_seam
from exprgan_tf.animation.seam import paint_corners
from exprgan_tf.animation.shading import Folds
from exprgan_tf.editing.animated import _motion
from exprgan_tf.pictures.colors import LUMA


@pytest.fixture(scope="module")
def astronaut():
    """She smiles, and shows her teeth."""
    return Animator.load().fit(data.astronaut(), most_side=256)


def mouth(face, motion):
    """Gap and width of the inner lips, and where its corners are, pixels."""
    picture = motion.apply(data.astronaut())
    marks, _ = face_mesh()(picture, face.five_points)
    return (
        marks[14, 1] - marks[13, 1],
        np.linalg.norm(marks[308] - marks[78]),
        marks[[61, 291], 1].mean(),
    )


def test_lips_that_are_hardly_parted_are_closed_first():
    scream = ("train", "surprise", 6)
    picture, points = rendered(*scream), landmarks(*scream)
    parted = Animator.load().fit(picture, points)
    measures = quality.measure(parted, picture)
    assert 0.14 < measures.gap < 0.17
    assert quality.fault(measures, at_rest=False) is None
    gaps = [
        np.subtract(*face_mesh()(image, points)[0][[14, 13], 1])
        for image in (picture, parted.motion("sad").apply(picture))
    ]
    assert gaps[1] < 0.6 * gaps[0]


def test_a_smile_is_no_neutral_face(astronaut):
    measures = quality.measure(astronaut, data.astronaut())
    assert quality.fault(measures) in (
        "mouth open", "teeth are shown", "not neutral"
    )
    assert astronaut.shown_at_rest["mouthSmile_L"] > 0.8


def test_neutral_closes_a_smile(astronaut):
    """It was made smaller, and the teeth stayed."""
    before, half, after = (
        mouth(astronaut, astronaut.motion("neutral", intensity))
        for intensity in (0.0, 0.5, 1.0)
    )
    assert before[0] > half[0] > after[0]
    assert after[0] < 0.25 * before[0]
    assert after[1] < 0.85 * before[1]
    assert after[2] > before[2] + 1


def test_sadness_takes_the_place_of_a_smile(astronaut):
    picture = data.astronaut()
    motion = astronaut.motion("sad")
    change = np.abs(motion.apply(picture).astype(int) - picture).max(axis=-1)
    assert change.max() > 60 and (change == 0).mean() > 0.8
    gap, _, corners = mouth(astronaut, motion)
    before = mouth(astronaut, astronaut.motion({}))
    assert gap < 0.25 * before[0]
    assert corners > before[2] + 0.05 * 39


def test_no_tooth_is_seen_between_lips_that_closed(astronaut):
    """They reach farther than landmarks say, and left a white line."""
    picture = data.astronaut()
    x, upper, lower, _ = find_seam(astronaut.gray, astronaut.points)
    rows = np.rint((upper + lower) / 2).astype(int)
    middle = slice(len(x) // 4, -len(x) // 4)
    teeth = astronaut.gray[rows, x][middle].mean()
    closed = Animator.load().fit(
        astronaut.motion("neutral").apply(picture), astronaut.five_points, 256
    )
    x, upper, lower, _ = find_seam(closed.gray, closed.points)
    rows = np.rint((upper + lower) / 2).astype(int)
    seam = closed.gray[rows, x][len(x) // 4:-len(x) // 4].mean()
    assert seam < 0.8 * teeth and seam < closed.light.mouth_level


@pytest.mark.parametrize("side, turned", [(256, 14), (330, -12)])
def test_a_closed_seam_has_no_white_dots(side, turned):
    """Between two rows of the frame the teeth behind the lips were read."""
    picture = Image.fromarray(data.astronaut()).rotate(turned).resize(
        (side, side), Image.Resampling.LANCZOS
    )
    face = Animator.load().fit(np.asarray(picture))
    edited = face.motion("neutral").apply(np.asarray(picture)) @ LUMA
    back = {name: -weight for name, weight in face._taken_back.items()}
    lips = Mover(face, back, 1.0).lips
    x = np.linspace(lips.left, lips.right, 400)[120:-120]
    line = np.stack([x, np.mean(lips.at(x), axis=0)], -1)
    line = (line - face.transform[:, 2]) @ np.linalg.inv(
        face.transform[:, :2]
    ).T
    columns, rows = np.rint(line).astype(int).T
    seam = edited[rows, columns] / face.light.mouth_level
    assert seam.max() < 0.85 and seam.std() < 0.06


def test_corners_that_close_leave_no_dark_spots(astronaut):
    """The dark beside the teeth of a smile lay on skin, as dots."""
    sad = astronaut.motion("sad").apply(data.astronaut()) @ LUMA
    for x, y in np.rint(astronaut.landmarks[[61, 291]]).astype(int):
        # A frown draws them down.
        beside = sad[y + 2:y + 12, x - 7:x + 8]
        assert beside.min() > 0.45 * np.median(beside)


@pytest.mark.parametrize("name", ["angry", "surprise"])
def test_skin_over_corners_ends_softly_where_the_mouth_opens_again(
    astronaut, name
):
    """It was cut off in a straight line above and below the lips."""
    weights = one_sided(astronaut.animator.model, shapes_of(name))
    for shape, weight in astronaut._taken_back.items():
        weights[shape] = weights.get(shape, 0.0) - weight
    mover = Mover(astronaut, weights, 1.0)
    shape = mover.shape
    mask, opening = np.zeros(shape, "float32"), np.zeros(shape, "float32")
    paint_corners(
        mover, mask, np.zeros((*shape, 3), "float32"),
        mover._displacement(), opening,
    )
    assert mask.max() > 0.5
    assert np.abs(np.diff(mask, axis=0)).max() < 0.35


def test_a_smile_is_happy_already(astronaut):
    picture = data.astronaut()
    for intensity in (0.5, 1.0):
        for motion in (
            astronaut.motion("happy", intensity),
            _motion(astronaut, ("happy", "sad"), [("happy", intensity)]),
        ):
            change = motion.apply(picture).astype(int) - picture
            assert np.abs(change).max() <= 1


def test_teeth_that_a_closing_mouth_shows_are_its_own(astronaut):
    """Lips pass over them as lids pass over eyes."""
    motion = astronaut.motion("neutral", 0.4)
    seam = astronaut.registration
    column = len(seam.seam_x) // 2
    x = seam.seam_x[column]
    row = round((seam.seam_upper[column] + seam.seam_lower[column]) / 2)
    assert not motion.mask[row - 8:row + 8, x - 8:x + 8].any()
    at = np.abs(motion.displacement[row, x]).max()
    assert at < 0.5 * np.abs(motion.displacement[row - 12:row + 12, x]).max()


def test_folds_go_with_the_side_that_smiled():
    folds = Folds()
    places = np.array([[2.9, -1.2], [-2.9, -1.2], [0.0, 6.0]])
    assert not folds.smoothed(places, {"mouthSmile_L": 1.0}).any()
    left, right, forehead = folds.smoothed(places, {"mouthSmile_L": -0.8})
    assert left > 0.5 and right == forehead == 0


def test_dark_folds_get_as_bright_as_the_skin_around(astronaut):
    """Faces without their smile still looked happy."""
    motion = astronaut.motion("neutral")
    rows, columns = np.nonzero(motion.ratio > 1.02)
    assert 1.05 < motion.ratio.max() < 1.6 and len(rows) > 20
    x, y = columns.mean(), rows.mean()
    eyes, mouth_corners = (
        astronaut.points[list(marks)] for marks in ((33, 263), (61, 291))
    )
    assert eyes[:, 1].mean() < y < mouth_corners[:, 1].mean() + 5
    assert eyes[0, 0] < x < eyes[1, 0]


def test_a_smile_is_no_cover(astronaut):
    """Of 100 smiles 24 were taken for covered."""
    picture = data.astronaut()
    covered = [
        cover_test()(picture, astronaut.landmarks, smiling)
        for smiling in (0.0, astronaut.smiling)
    ]
    assert covered[1] < covered[0] and covered[1] < 0.5
    assert astronaut.smiling > 0.9


def test_way_to_close_ends_where_lips_touch(astronaut):
    model, places = astronaut.animator.model, astronaut.registration.places
    closed = places + way_to_close(model, places)
    x = np.linspace(places[model.upper_lip, 0].min() + 3,
                    places[model.upper_lip, 0].max() - 3, 20)
    before, after = (
        np.subtract(*LipEdges(model, each).at(x)[::-1])
        for each in (places, closed)
    )
    assert before.max() > 5
    assert np.abs(after).max() < 0.1 * before.max()
