"""The face of a film, from frame to frame.

MTCNN finds it; then Face Mesh follows its own landmarks, as in MediaPipe,
which takes a fraction of the time. What is found is smoothed over time with
what comes after, so that nothing flickers.
"""

import dataclasses

import numpy as np
from scipy.signal import savgol_filter

from exprgan_tf.animation.landmarks import EYES, OUTER_LIPS, face_mesh
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment, detector
from exprgan_tf.faces.alignment import ramp

# Seconds: gaps without a face that are bridged, how long the parabolas are
# that smooth its way (Savitzky, Golay 1964), and how often MTCNN says whether
# what is followed is a face still.
_LONGEST_GAP, _SMOOTHED_OVER, _TRUSTED = 0.25, 0.4, 1.0
# Face Mesh follows what it is so sure of, and is believed until MTCNN has seen
# faces elsewhere only, so many times.
_SURE, _DOUBTS = 0.8, 3
# From one frame to the next a face grows or shrinks by no more than this.
_MOST_GROWTH = 1.3
# Landmarks that leave the smooth way by so many deviations of their noise
# begin to be, and are, not noise but fast: a lid or a lip.
_FAST = (4.0, 8.0)
_NOSE_TIP = 1
# Hours of film fit into memory: so many landmarks are smoothed at once, and so
# many frames tell the noise.
_AT_ONCE, _LOOKED_AT = 64, 2000


@dataclasses.dataclass(frozen=True)
class Followed:
    """The face in one frame.

    Attributes:
        five_points: float `[5, 2]`, pixels, see `alignment.TEMPLATE`.
        mesh: landmarks `[468, 2]`, pixels, and how sure Face Mesh is of
            them, 0 to 1; 0 where nothing was seen.
    """

    five_points: np.ndarray
    mesh: tuple


class Follower:
    """Follows the largest face of a film.

    Args:
        fps: frames a second.
    """

    def __init__(self, fps):
        self._before = None
        self._every, self._unseen = max(round(_TRUSTED * fps), 1), 0
        self._doubts = 0

    def __call__(self, frame):
        """The face in the next frame, a `Followed`; None where none is.

        Args:
            frame: uint8 `[h, w, 3]`.
        """
        now = self._follow(frame)
        self._unseen += 1
        if now is None or self._unseen >= self._every:
            found = _found(frame, now or self._before)
            elsewhere = found is not None and not (
                now and _are_one(found, now.five_points)
            )
            self._unseen, self._doubts = 0, (self._doubts + 1) * elsewhere
            # Who looks away is not given up for somebody else.
            if elsewhere and (now is None or self._doubts >= _DOUBTS):
                now = _seen(found, face_mesh()(frame, found))
                self._doubts = 0
        self._before = now
        return now

    def _follow(self, frame):
        if self._before is None:
            return None
        before = self._before
        mesh = face_mesh().follow(frame, before.mesh[0])
        was, here = _five_of(before.mesh[0]), _five_of(mesh[0])
        growth = np.ptp(here, axis=0).sum() / np.ptp(was, axis=0).sum()
        if mesh[1] < _SURE or not _are_one(here, was) or (
            max(growth, 1 / growth) > _MOST_GROWTH
        ):
            return None
        # MTCNN sees them a little elsewhere, and models learned from that.
        plane = np.array([1, 1j])
        turn = np.divide(*((points[1] - points[0]) @ plane
                           for points in (here, was)))
        beside = (before.five_points - was) @ plane * turn
        return _seen(
            here + np.stack([beside.real, beside.imag], axis=1), mesh
        )


def _seen(five_points, mesh):
    """A `Followed` of half the size."""
    return Followed(five_points, (mesh[0].astype("float32"), mesh[1]))


def _five_of(points):
    """Face Mesh's landmarks `[5, 2]` that are nearest to MTCNN's."""
    return np.stack([
        *(points[[*upper, *lower]].mean(axis=0) for upper, lower in EYES),
        points[_NOSE_TIP], points[OUTER_LIPS[0][0]], points[OUTER_LIPS[0][-1]],
    ])


def _are_one(some, others):
    """Whether two sets of five points are those of one face."""
    return np.linalg.norm((some - others).mean(axis=0)) < np.linalg.norm(
        others[1] - others[0]
    )


def _found(frame, before):
    """Five points of the face of the frame before; without one, of the
    largest; None without a face."""
    before = before and before.five_points
    same = None if before is None else detector.find_near(frame, before)
    # A look at all four sides of each frame without a face would take long.
    found = (
        detector.find_landmarks(frame, turned=False) if same is None
        else [same]
    )
    if before is not None:
        reach = 2.0 * np.linalg.norm(before[1] - before[0])

        def far(points):
            return np.linalg.norm((points - before).mean(axis=0))

        near = [points for points in found if far(points) < reach]
        found = sorted(near, key=far) or found
    try:
        alignment.similarity(found[0], 1)
        return found[0]
    # MTCNN now and then sees a face whose eyes are below its mouth.
    except (IndexError, UserError):
        return None


def smooth(followed, fps):
    """A film's faces without their jitter.

    Args:
        followed: a `Followed` for each frame, None without a face.
        fps: frames a second.

    Returns:
        The same; short gaps are filled.
    """
    ways = smooth_landmarks([
        face and np.vstack([face.five_points, face.mesh[0]], dtype="float32")
        for face in followed
    ], fps)
    return [
        None if way is None
        else Followed(way[:5], (way[5:], face.mesh[1] if face else 0.0))
        for way, face in zip(ways, followed, strict=True)
    ]


def smooth_landmarks(landmarks, fps):
    """Landmarks of a film without their jitter.

    Args:
        landmarks: float `[n, 2]` for each frame, of which the first are the
            five points; None without a face.
        fps: frames a second.

    Returns:
        The same; short gaps are filled. What moves fast, keeps its way.
    """
    known = np.array([points is not None for points in landmarks])
    frames = np.flatnonzero(known)
    if not len(frames):
        return list(landmarks)
    found = np.stack([landmarks[frame] for frame in frames])
    result = [None] * len(landmarks)
    apart = np.diff(frames) > _LONGEST_GAP * fps + 1
    # A leap is another shot or another face.
    eyes = np.linalg.norm(found[:, 1] - found[:, 0], axis=1)
    leap = np.linalg.norm(np.diff(found[:, 2], axis=0), axis=1)
    apart |= leap > eyes[:-1]
    for part in np.split(np.arange(len(frames)), np.flatnonzero(apart) + 1):
        span = np.arange(frames[part[0]], frames[part[-1]] + 1)
        window = min(round(_SMOOTHED_OVER * fps), len(span))
        window -= 1 - window % 2
        whole = np.empty((len(span), *found.shape[1:]), found.dtype)
        noise = _noise(found[part])
        for points in np.array_split(
            np.arange(found.shape[1]), found.shape[1] // _AT_ONCE + 1
        ):
            ways = np.stack([
                np.interp(span, frames[part], column)
                for column in found[part][:, points].reshape(len(part), -1).T
            ], axis=1).reshape(len(span), -1, 2)
            if window > 2:
                ways = _smoothed(ways, window, noise)
            whole[:, points] = ways
        for frame, points in zip(span, whole, strict=True):
            result[frame] = points
    return result


def _noise(ways):
    """Deviation of `[frames, n, 2]` from a smooth way, pixels."""
    if len(ways) < 3:
        return 0.0
    # Of three frames in line the middle one is off by its noise; motion
    # hardly bends in so short a time.
    middle = np.arange(1, len(ways) - 1, len(ways) // _LOOKED_AT + 1)
    bent = ways[middle - 1] - 2 * ways[middle] + ways[middle + 1]
    return np.median(np.linalg.norm(bent, axis=2)) / np.sqrt(6)


def _smoothed(ways, window, noise):
    """`[frames, n, 2]` on parabolas of so many frames."""
    even = savgol_filter(ways, window, 2, axis=0)
    off = np.linalg.norm(ways - even, axis=2, keepdims=True)
    return even + (ways - even) * ramp(
        off, *(max(noise, 1e-9) * level for level in _FAST)
    )
