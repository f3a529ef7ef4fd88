"""Which fitted faces can be moved well, and why the others cannot.

Landmarks are believed only where something else agrees: MTCNN's five points,
the face model, and what the picture shows there (lips meet in a dark line,
eyes are brighter and darker than skin).
"""

import dataclasses

import numpy as np

from exprgan_tf.animation.covering import cover_test
from exprgan_tf.animation.fields import blur, sample
from exprgan_tf.animation.landmarks import EYES, OUTER_LIPS


@dataclasses.dataclass(frozen=True)
class Measures:
    """What the gate looks at; lengths of the distance between the eyes.

    Attributes:
        face: whether Face Mesh takes it for a face, 0 to 1.
        pixels: between the eyes, of the photograph.
        blur: width of the sharpest edges.
        yaw, pitch: degrees, without sign.
        error: of the fit.
        eyes_apart, mouth_apart: from MTCNN's points to the landmarks'.
        lids: least height of an eye, of its width.
        gap: between the lips, of the mouth's width.
        bright_gap: how much brighter than lips it is between them, of 255.
        expression: the largest weight of a shape that a face at rest does
            not show.
        seam: how much darker than the lips their seam is, as a logarithm.
        covered: how surely something covers the lower face, 0 to 1.
        eye_contrast: spread of brightness within the eyes, of the skin's.
        dark_lenses: how much darker it is under the eyes than on the cheeks,
            as a logarithm.
        room: from the mouth to the photograph's nearest edge.
        outside: share of the landmarks that lie outside the photograph.
    """

    face: float
    pixels: float
    blur: float
    yaw: float
    pitch: float
    error: float
    eyes_apart: float
    mouth_apart: float
    lids: float
    gap: float
    bright_gap: float
    expression: float
    seam: float
    covered: float
    eye_contrast: float
    dark_lenses: float
    room: float
    outside: float


# (measure, least, most, what is wrong); the first that fails is told.
_LIMITS = (
    ("face", 0.5, None, "no clear face"),
    ("pixels", 24, None, "the face is too small"),
    ("yaw", None, 22, "seen from the side"),
    ("pitch", None, 22, "seen from above or below"),
    ("outside", None, 0.07, "the face is cut off by the photograph's edge"),
    ("room", 0.12, None, "the mouth is at the photograph's edge"),
    ("blur", None, 0.042, "blurred"),
    ("eyes_apart", None, 0.14, "landmarks of the eyes disagree"),
    ("mouth_apart", None, 0.22, "landmarks of the mouth disagree"),
    ("covered", None, 0.5, "something covers the lower face"),
    ("error", None, 0.026, "the face model does not fit"),
    ("lids", 0.195, None, "eyes closed"),
    ("eye_contrast", 0.15, None, "eyes are not visible"),
    ("dark_lenses", None, 0.40, "dark glasses"),
    ("gap", None, 0.17, "mouth open"),
    ("bright_gap", None, -8.0, "teeth are shown"),
    ("expression", None, 0.55, "not neutral"),
    ("seam", -0.10, None, "no seam of the lips where they should be"),
)
_AT_REST = ("gap", "bright_gap", "expression", "seam")
_TO_LEARN_FROM = (
    "pixels", "blur", "lids", "eye_contrast", "dark_lenses", *_AT_REST
)
# Where nothing better is at hand, the face model moves well what is too far
# from the ordinary to learn from: (least, most).
_IN_EDITING = {
    "yaw": (None, 30), "outside": (None, 0.25), "room": (-0.1, None),
    "covered": (None, 0.9), "error": (None, 0.032),
}
REASONS = tuple(reason for *_, reason in _LIMITS)
# Shapes of expressions; lips and lids differ between people at rest.
_NOT_AT_REST = ("jawOpen", "mouthSmile", "mouthUpperUp", "mouthPucker",
                "mouthLowerDown")


def measure(face, picture):
    """The `Measures` of a `FittedFace`.

    Args:
        face: the face.
        picture: uint8 `[h, w, 3]`, its photograph.
    """
    unit = face.eye_distance
    frame_scale = np.hypot(*face.transform[:, 0])
    five = face.five_points @ face.transform[:, :2].T + face.transform[:, 2]
    marks = face.points
    eyes = [
        marks[[*EYES[side][0], *EYES[side][1]]].mean(axis=0)
        for side in (0, 1)
    ]
    corners = marks[[OUTER_LIPS[0][0], OUTER_LIPS[0][-1]]]
    height, width = picture.shape[:2]
    mouth = face.landmarks[OUTER_LIPS[1][5]]
    outside = (
        (face.landmarks < -1) | (face.landmarks > [width, height])
    ).any(axis=1).mean()
    return Measures(
        face=float(face.score),
        pixels=float(unit / frame_scale),
        blur=float(face.look.blur / unit),
        yaw=abs(face.fit.yaw), pitch=abs(face.fit.pitch),
        error=face.fit.error,
        eyes_apart=_largest_distance(eyes, five[:2], unit),
        mouth_apart=_largest_distance(corners, five[3:], unit),
        lids=min(_eye_opening(marks, side) for side in (0, 1)),
        gap=face.registration.gap,
        bright_gap=_bright_gap(face),
        expression=max(
            weight for name, weight in face.fit.expression.items()
            if name.split("_")[0] in _NOT_AT_REST
        ),
        seam=_seam_darkness(face),
        covered=cover_test()(picture, face.landmarks, face.smiling),
        eye_contrast=min(_eye_contrast(face, side) for side in (0, 1)),
        dark_lenses=_dark_lenses(face),
        room=float(np.min(
            [*mouth, *([width, height] - mouth)]
        ) * frame_scale / unit),
        outside=float(outside),
    )


def fault(measures, to_learn_from=True, at_rest=True):
    """Why a face should not be moved, a few words; None when it may be.

    Args:
        measures: the `Measures`.
        to_learn_from: whether networks are to learn from it, for which it
            must be sharp; else it is somebody's photograph, of which the best
            is made.
        at_rest: whether what is learned from must be neutral, too.
    """
    for name, least, most, reason in _LIMITS:
        if (not to_learn_from and name in _TO_LEARN_FROM) or (
            not at_rest and name in _AT_REST
        ):
            continue
        if not to_learn_from:
            least, most = _IN_EDITING.get(name, (least, most))
        value = getattr(measures, name)
        if (least is not None and not value >= least) or (
            most is not None and not value <= most
        ):
            return reason
    return None


def _largest_distance(points, others, unit):
    return float(np.linalg.norm(
        np.asarray(points) - np.asarray(others), axis=1
    ).max() / unit)


def _eye_opening(marks, side):
    upper, lower = (marks[list(line)] for line in EYES[side])
    width = np.linalg.norm(upper[-1] - upper[0])
    return float(np.linalg.norm(upper[3:6] - lower[3:6], axis=1).mean()
                 / max(width, 1e-6))


def _columns_inside(registration):
    """Places along the seam, without the mouth's corners."""
    count = len(registration.seam_x)
    return slice(count // 5, count - count // 5)


def _seam_darkness(face):
    """Logarithm of lips over seam: positive where the lips meet darkly."""
    registration = face.registration
    inner = _columns_inside(registration)
    x = registration.seam_x[inner].astype(float)
    width = np.ptp(registration.seam_x)
    gray = blur(face.gray, 0.8)
    middle = (
        registration.seam_upper[inner] + registration.seam_lower[inner]
    ) / 2
    seam = np.median(np.minimum.reduce([
        sample(gray, x, middle + step) for step in (-1.0, 0.0, 1.0)
    ]))
    lips = np.minimum(
        np.median(sample(gray, x, registration.seam_upper[inner]
                         - 0.09 * width)),
        np.median(sample(gray, x, registration.seam_lower[inner]
                         + 0.11 * width)),
    )
    return float(np.log(max(lips, 4.0)) - np.log(max(seam, 4.0)))


def _bright_gap(face):
    """How much brighter it is between parted lips than the lips are."""
    registration = face.registration
    inner = _columns_inside(registration)
    x = registration.seam_x[inner].astype(float)
    upper = registration.seam_upper[inner]
    lower = registration.seam_lower[inner]
    if np.median(lower - upper) < 0.015 * face.eye_distance:
        return -255.0
    between = np.max([
        np.median(sample(face.gray, x, upper + share * (lower - upper)))
        for share in (0.3, 0.5, 0.7)
    ])
    width = np.ptp(registration.seam_x)
    lips = np.median(sample(face.gray, x, lower + 0.10 * width))
    return float(between - lips)


def _eye_contrast(face, side):
    """Spread of brightness within an eye, of the brightness of the skin."""
    marks = face.points[[*EYES[side][0], *EYES[side][1]]]
    low, high = marks.min(axis=0), marks.max(axis=0)
    rows, columns = np.mgrid[
        max(int(low[1]), 0):int(high[1]) + 2,
        max(int(low[0]), 0):int(high[0]) + 2,
    ]
    box = face.gray[rows.ravel().clip(0, len(face.gray) - 1),
                    columns.ravel().clip(0, len(face.gray) - 1)]
    spread = np.ptp(np.percentile(box, [10, 90]))
    return float(spread / max(face.light.level, 1.0))


# Below the lower lids, and on the cheeks below; left and right.
_UNDER_EYES, _CHEEKS = ((230, 229), (450, 449)), ((101, 50), (330, 280))


def _dark_lenses(face):
    """Logarithm of cheeks over the skin under the eyes, the darker side."""
    gray = blur(face.gray, 1.0)
    under, cheeks = (
        np.array([
            sample(gray, *face.points[list(side)].T).mean() for side in sides
        ]) for sides in (_UNDER_EYES, _CHEEKS)
    )
    ratio = np.log(np.maximum(cheeks, 4)) - np.log(np.maximum(under, 4))
    return float(ratio.min())
