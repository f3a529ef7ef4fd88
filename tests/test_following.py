"""The face of a film, followed and smoothed."""

import cv2
import numpy as np
import pytest
from PIL import Image

from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.fields import blur
from exprgan_tf.animation.landmarks import EYES, face_mesh
from exprgan_tf.editing import following
from exprgan_tf.editing.following import Follower, smooth, smooth_landmarks
from exprgan_tf.faces import alignment, detector
from exprgan_tf.pictures.colors import LUMA
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import read_image

FPS = 25


@pytest.fixture(scope="module")
def photograph():
    return Image.fromarray(read_image(example_photograph()))


def shifted(photograph, x, y=0):
    """A frame of 240 x 240 whose face has gone that far to the left."""
    return np.asarray(photograph.resize((300, 300)).crop(
        (x, y, x + 240, y + 240)
    ))


@pytest.fixture
def looks(monkeypatch):
    """Counts MTCNN's looks at whole frames and at a face's surroundings."""
    counted = {"find_landmarks": 0, "find_near": 0}

    def counting(name, find):
        def look(*args, **options):
            counted[name] += 1
            return find(*args, **options)

        return look

    for name in counted:
        monkeypatch.setattr(
            detector, name, counting(name, getattr(detector, name))
        )
    return counted


def test_a_face_is_found_once_and_then_followed(photograph, looks):
    follower = Follower(FPS)
    seen = [follower(shifted(photograph, 2 * step)) for step in range(12)]

    assert looks == {"find_landmarks": 1, "find_near": 0}
    for step, face in enumerate(seen):
        assert face.mesh[1] > 0.9
        way = seen[0].five_points - face.five_points
        assert way == pytest.approx(np.tile([2.0 * step, 0], (5, 1)), abs=1.5)
    # MTCNN's own points are kept, which lie elsewhere.
    again, = detector.find_landmarks(shifted(photograph, 22), turned=False)
    assert seen[-1].five_points == pytest.approx(again, abs=1.5)


def test_mtcnn_looks_again_each_second(photograph, looks):
    follower = Follower(4)
    for _ in range(9):
        follower(shifted(photograph, 0))
    assert looks == {"find_landmarks": 1, "find_near": 2}


def test_another_shot_is_looked_at_anew(photograph):
    follower = Follower(FPS)
    wall = np.full((240, 240, 3), 90, "uint8")
    small = wall.copy()
    small[100:220, 120:240] = np.asarray(photograph.resize((120, 120)))
    shots = [shifted(photograph, 0), small, wall, wall, small]
    seen = [follower(frame) for frame in shots]

    assert [face is None for face in seen] == [
        False, False, True, True, False
    ]
    for face in (seen[1], seen[4]):
        found, = detector.find_landmarks(small, turned=False)
        assert face.five_points == pytest.approx(found, abs=1.0)


def test_who_looks_away_is_not_given_up_at_once(photograph, monkeypatch):
    """MTCNN sees somebody else. What it never sees, in the end, is no face,
    though Face Mesh be sure."""
    follower, frame = Follower(1), shifted(photograph, 0)
    first = follower(frame)
    other = first.five_points + np.array([90.0, 0.0])
    monkeypatch.setattr(detector, "find_near", lambda *_: None)
    monkeypatch.setattr(
        detector, "find_landmarks", lambda *_, **__: [other]
    )
    for _ in range(2):
        assert follower(frame).five_points == pytest.approx(
            first.five_points, abs=1.0
        )
    assert follower(frame).five_points is other


def test_what_face_mesh_found_is_not_looked_for_again(
    photograph, monkeypatch
):
    frame = shifted(photograph, 0)
    face = Follower(FPS)(frame)
    fitted = Animator.load().fit(frame, face.five_points)
    mesh = fitted.landmarks + 0.5, 0.75

    monkeypatch.setattr(type(face_mesh()), "_once", None)
    again = Animator.load().fit(frame, face.five_points, mesh=mesh)

    assert again.score == 0.75
    assert again.landmarks is mesh[0]


def test_an_edited_film_does_not_flicker(photograph):
    """A photograph is put into motion with a camera's noise. Still again,
    the edited film changes little more than the film."""
    generator = np.random.default_rng(0)
    frames, ways = [], []
    for step in range(12):
        turn, angle = 1 + 0.02 * np.sin(step / 3), 0.04 * np.sin(step / 4)
        way = turn * np.array([
            [np.cos(angle), -np.sin(angle), 0.0],
            [np.sin(angle), np.cos(angle), 0.0],
        ])
        way[:, 2] = [120, 120] - way[:, :2] @ [120, 120] + [step, 0]
        frame = cv2.warpAffine(
            shifted(photograph, 0), way, (240, 240), flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        ) + generator.normal(0, 2, (240, 240, 3))
        frames.append(np.clip(frame, 0, 255).astype("uint8"))
        ways.append(way)
    follower = Follower(FPS)

    def edited(followed):
        return [
            Animator.load().fit(
                frame, face.five_points, mesh=face.mesh
            ).motion("angry").apply(frame)
            for frame, face in zip(frames, followed, strict=True)
        ]

    def still(film):
        """Brightness without its noise, `[frames, h, w]`."""
        return np.stack([
            blur(cv2.warpAffine(
                frame, way, (240, 240),
                flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            ) @ LUMA, 1.5) for frame, way in zip(film, ways, strict=True)
        ])[:, 40:-40, 40:-40]

    def flicker(film):
        """How much the most restless pixels change from frame to frame."""
        return np.percentile(np.abs(np.diff(film, axis=0))[:, moves], 99)

    seen = [follower(frame) for frame in frames]
    raw, smoothed = still(edited(seen)), still(edited(smooth(seen, FPS)))
    source = still(frames)
    moves = np.abs(smoothed - source).mean(axis=0) > 4
    assert moves.mean() > 0.1
    assert flicker(smoothed) < 4.0 * flicker(source)
    assert flicker(smoothed) < 0.8 * flicker(raw)


def noisy_ways(frames, points, generator):
    true = generator.normal(0, 50, (points, 2)) + (
        np.arange(frames)[:, None, None] * [1.0, 0.3]
    )
    return true, true + generator.normal(0, 0.2, true.shape)


def test_noise_goes_and_a_blink_stays():
    generator = np.random.default_rng(0)
    true, seen = noisy_ways(50, 473, generator)
    lids = 5 + np.array([*EYES[0][0], *EYES[1][0]])
    for ways in (true, seen):
        ways[24:26, lids, 1] += 9.0

    smoothed = np.stack(smooth_landmarks(list(seen), FPS))

    still = np.delete(np.arange(473), lids)
    rest = smoothed[:, still] - true[:, still]
    assert np.abs(np.diff(rest, axis=0)).mean() < 0.4 * np.abs(np.diff(
        seen[:, still] - true[:, still], axis=0
    )).mean()
    assert np.abs(smoothed - true)[24:26, lids, 1].max() < 1.5


def test_where_nobody_was_seen_nothing_is_sure():
    generator = np.random.default_rng(1)
    _, ways = noisy_ways(30, 473, generator)
    followed = [
        following.Followed(way[:5], (way[5:], 0.99)) for way in ways
    ]
    followed[10] = None
    followed[20:] = [None] * 10

    found = smooth(followed, FPS)

    assert [face is None for face in found] == [False] * 20 + [True] * 10
    assert [face.mesh[1] for face in found[9:12]] == [0.99, 0.0, 0.99]


def test_landmarks_are_smoothed_and_gaps_filled():
    generator = np.random.default_rng(0)
    time = np.arange(60)[:, None, None]
    true = alignment.TEMPLATE * 100 + time * [2.0, 0.5]
    seen = list(true + generator.normal(0, 2, true.shape))
    seen[20] = None
    seen[40:55] = [None] * 15

    smooth = smooth_landmarks(seen, 30)

    assert [points is None for points in smooth[40:55]] == [True] * 15
    assert sum(points is None for points in smooth) == 15
    errors = [np.abs(smooth[n] - true[n]).mean() for n in range(40)]
    assert np.mean(errors) < 1.0
    assert smooth_landmarks([None, None], 30) == [None, None]


def test_a_leap_is_not_smoothed():
    here, there = alignment.TEMPLATE * 100, alignment.TEMPLATE * 100 + 300
    smooth = smooth_landmarks([here] * 10 + [there] * 10, 30)
    np.testing.assert_allclose(smooth[9], here, atol=1e-9)
    np.testing.assert_allclose(smooth[10], there, atol=1e-9)


def test_a_face_seen_for_a_moment():
    """Too short to be smoothed, also where a gap is between."""
    face = alignment.TEMPLATE * 100
    for seen in ([face], [face, face], [face, None, None, face]):
        for points in smooth_landmarks(seen, 30):
            np.testing.assert_allclose(points, face)
