"""What a mouth shows: as bright as the photograph asks, and of its colour."""

import cv2
import numpy as np
import pytest
from animation_photographs import landmarks, rendered
from skimage import draw

from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.landmarks import INNER_LIPS, OUTER_LIPS
from exprgan_tf.animation.lips import LipEdges
from exprgan_tf.animation.look import measure_look, shown_teeth, warm
from exprgan_tf.animation.mouth import _without_gaps
from exprgan_tf.animation.moving import Mover
from exprgan_tf.pictures.colors import LUMA

SKIN, LIPS = (200, 165, 140), (190, 120, 115)
# Linear, the brightest.
TOOTH = np.float32([[1.0, 0.86, 0.70]])
# Landmarks of a mouth that shows nothing.
CLOSED = np.full((468, 2), 30.0)


def portrait(between, high=10):
    """A face of 80 pixels with parted lips, and its landmarks."""
    points = np.zeros((468, 2))
    across = np.linspace(20, 60, len(INNER_LIPS[0]))
    bend = high / 2 * np.sin(np.pi * np.linspace(0, 1, len(across)))
    for lip, sign in zip(INNER_LIPS, (-1, 1), strict=True):
        points[list(lip)] = np.stack([across, 50 + sign * bend], -1)
    for lip, sign in zip(OUTER_LIPS, (-1, 1), strict=True):
        points[list(lip)] = np.stack([across, 50 + sign * (bend + 4)], -1)
    picture = np.broadcast_to(np.float32(SKIN), (80, 80, 3)).copy()
    picture[40:60, 16:64] = LIPS
    ring = points[[*INNER_LIPS[0], *INNER_LIPS[1][::-1]]]
    picture[draw.polygon2mask((80, 80), ring[:, ::-1])] = between
    picture += np.random.default_rng(0).normal(0, 2, (80, 80, 1))
    return picture, points


def level_of(picture):
    return float((picture[:20] @ LUMA).mean())


@pytest.mark.parametrize("skin", [(222, 196, 190), (120, 118, 131)])
def test_teeth_are_never_blue(skin):
    """In photographs of pale faces, and in cold light, they were."""
    picture = np.broadcast_to(np.float32(skin), (40, 40, 3)).copy()
    picture += np.random.default_rng(0).normal(0, 2, (40, 40, 1))
    gray = picture @ LUMA
    places = np.mgrid[5:35, 5:35].reshape(2, -1).T
    look = measure_look(picture, gray, places, gray.mean(), CLOSED)
    tooth = look.develop(TOOTH)[0]
    assert tooth[0] >= tooth[1] >= tooth[2] - 1
    assert warm(np.float32([[90, 110, 140]])).tolist() == [[90, 90, 90]]


def look_of(skin, darkest):
    """The look of a face with eyes, brows and shadows that are that dark."""
    picture = np.broadcast_to(np.float32(skin), (60, 60, 3)).copy()
    picture[10:13, 10:50] = darkest
    picture += np.random.default_rng(0).normal(0, 1, (60, 60, 1))
    gray = picture @ LUMA
    places = np.mgrid[5:55, 5:55].reshape(2, -1).T
    return measure_look(picture, gray, places, gray.mean(), CLOSED)


def test_teeth_in_violet_light_are_not_yellow():
    for skin, as_green in (((200, 150, 125), False), ((103, 74, 84), True)):
        tooth = look_of(skin, 20).develop(TOOTH)[0]
        assert (tooth[2] > 0.98 * tooth[1]) == as_green


def test_the_depth_of_a_mouth_is_as_dark_as_the_photograph():
    """A gray hole in a dark photograph, a black one in a faded one."""
    dark, usual, faded = (
        look_of(skin, black).dark for skin, black in (
            (80, 2), (150, 32), (160, 90),
        )
    )
    assert dark < 0.5 < 0.7 < usual < 1.4 < 2 < faded


def test_teeth_are_those_that_the_photograph_shows():
    picture, points = portrait((238, 226, 200))
    level = level_of(picture)
    teeth = shown_teeth(picture, points, level)
    np.testing.assert_allclose(teeth, (238, 226, 200), atol=2)
    gray = picture @ LUMA
    places = np.mgrid[2:78, 2:18].reshape(2, -1).T
    own, usual = (
        measure_look(picture, gray, places, level, marks).develop(TOOTH)[0]
        for marks in (points, CLOSED)
    )
    # The brightest is a little brighter than the row.
    np.testing.assert_allclose(own / own[0], teeth / teeth[0], atol=0.05)
    assert 1.0 <= own.mean() / teeth.mean() < 1.12
    assert usual.mean() < own.mean() - 10


def test_lips_have_the_colour_of_lips_whatever_they_show():
    for between in ((238, 226, 200), (40, 20, 20)):
        picture, points = portrait(between)
        look = measure_look(
            picture, picture @ LUMA, np.mgrid[2:78, 2:18].reshape(2, -1).T,
            level_of(picture), points,
        )
        np.testing.assert_allclose(
            look.lips, LIPS / (LIPS @ LUMA), atol=0.02
        )


@pytest.mark.parametrize("between, high", [
    ((40, 20, 20), 10), (LIPS, 10), ((238, 226, 200), 1),
])
def test_the_dark_and_lips_are_no_teeth(between, high):
    picture, points = portrait(between, high)
    assert shown_teeth(picture, points, level_of(picture)) is None


def shown(*what):
    """What the mouth of a rendered face shows in a motion, as bright in blue
    as teeth are and a tongue is not: float32 `[n]` and its rows `[n]`."""
    motion = Animator.load().fit(rendered(), landmarks()).motion(*what)
    rows, columns = np.nonzero(motion.mask > 0.9)
    return motion.colours[rows, columns, 2], rows


def test_teeth_are_no_ring():
    """As the jaw falls, the lower row is left to lip and tongue: it shone as
    brightly as the upper one, a white crescent along the lower lip."""
    def brightness(jaw):
        """Of what is seen just above the lower lip."""
        blue, rows = shown({"jawOpen": jaw, "mouthLowerDown": 1.0})
        low = rows >= rows.max() - np.ptp(rows) // 4
        return np.percentile(blue[low], 90)

    assert brightness(0.4) < 0.75 * brightness(0.05)


def test_fear_and_anger_bare_the_upper_teeth_and_surprise_does_not():
    """A dark, empty mouth was all that told of fear: it was surprise."""
    surprise, fear, angry = (
        float((shown(name)[0] > 110).mean())
        for name in ("surprise", "fear", "angry")
    )
    assert surprise < 0.1
    assert min(fear, angry) > 0.3


def test_rows_of_teeth_have_no_slits():
    """Between the mesh's teeth the dark was seen, as black bars."""
    hit = np.zeros((12, 40), bool)
    hit[3:9, 4:18] = hit[3:9, 20:36] = True  # its slit is two pixels wide
    colours = np.where(hit, 0.7, 0.0)[..., None] * np.ones(3, "float32")
    filled, closed = _without_gaps(colours, hit, 3.0)
    assert closed[3:9, 18:20].all() and closed.sum() == hit.sum() + 12
    np.testing.assert_allclose(filled[hit], 0.7, rtol=1e-6)
    assert (filled[3:9, 18:20] > 0.4).all()
    assert (filled[3:9, 18:20] < 0.6).all()


class Crowded:
    """A mouth that narrows: its corners' vertices stand above one another."""

    upper_lip, lower_lip = np.arange(7), np.arange(7, 14)
    places = np.float32([
        (10, 46), (11, 53), (20, 42), (30, 40), (40, 42), (49, 53), (50, 46),
        (10, 60), (11, 58), (20, 68), (30, 70), (40, 68), (49, 58), (50, 60),
    ])


def test_corners_of_an_open_mouth_are_round():
    """They had ears, and black dots beside them."""
    lips = LipEdges(Crowded, Crowded.places)
    columns = np.arange(60)
    upper, lower = lips.at(columns)
    top, bottom = lips.opening(columns)
    assert lower[10] - upper[10] == 14
    assert np.ptp((bottom - top)[[5, 10, 50, 55]]) == 0
    assert bottom[10] - top[10] == 0
    # Wider from the corner on, and nowhere wider than the lips are apart.
    assert (np.diff((bottom - top)[10:14]) > 0).all()
    assert (bottom - top <= lower - upper + 1e-9).all()
    np.testing.assert_allclose(top[16:45], upper[16:45])


@pytest.mark.parametrize("high, is_round", [(24, True), (5, False)])
def test_a_mouth_as_high_as_it_is_wide_has_no_corners(high, is_round):
    """Surprise had a shield for a mouth: the upper lip of the mesh is straight
    and its corners stay at that height."""
    lips = LipEdges.__new__(LipEdges)
    lips.left, lips.right = 20.0, 50.0
    x = np.arange(70)
    bottom = 20 + high * (1 - np.abs(x - 35) / 15)
    between = (np.arange(60)[:, None] >= 20) & (np.arange(60)[:, None] < bottom)
    rounded = lips.rounded(between, high)
    assert rounded[20, 35] == rounded[19 + high // 2, 35] == 1
    corners = rounded[20, [22, 48]]
    assert not corners.any() if is_round else corners.all()
    assert (rounded <= between).all()


def test_a_thin_lip_that_closes_is_not_left_out():
    """Where landmarks lie on teeth some of the lip is not shown; of a thin
    one all was."""
    face = Animator.load().fit(rendered(), landmarks())
    mover = Mover(face, {}, closed=1.0)
    shares = np.array([0.02, 0.10, 0.50])
    hidden = mover._on_teeth(shares * face.eye_distance) / face.eye_distance
    np.testing.assert_allclose(hidden, [0.012, 0.025, 0.045], rtol=1e-5)


def test_lips_that_are_pressed_together_show_no_pen_line():
    """The dark between them is as soft as the photograph."""
    picture = cv2.GaussianBlur(rendered(), (0, 0), 2.5)
    face = Animator.load().fit(picture, landmarks())
    corners = face.landmarks[[61, 291]]
    wide = np.linalg.norm(corners[1] - corners[0])
    x, y = corners.mean(axis=0)
    seam = np.s_[
        int(y - 0.2 * wide):int(y + 0.1 * wide),
        int(x - 0.6 * wide):int(x + 0.6 * wide),
    ]
    bends = [
        np.abs(np.diff(shown[seam].mean(axis=-1), 2, axis=0)).max()
        for shown in (picture, face.motion("sad").apply(picture))
    ]
    assert bends[1] < 4 * bends[0]
