"""Photographs in groups: is it as good for every skin?"""

import dataclasses

import numpy as np
import skimage.color

from exprgan_tf.evaluation.photographs.scores import PhotographScores, known

_NAMES = ("darkest", "middle", "lightest")
# A share of fewer photographs says nothing.
_LEAST = 4


@dataclasses.dataclass(frozen=True)
class Group:
    """Faces of like lightness.

    Args:
        name: which third of the photographs it is.
        lightness: the least and the largest, `(low, high)`.
        photographs: how many.
        values: a dict, see `PhotographScores.values`; NaN is left out.
    """

    name: str
    lightness: tuple
    photographs: int
    values: dict


def lightness(original):
    """The median L* (CIELAB, 0 to 100) of the pixels of a face.

    Of a photograph it is skin and light at once: no photograph tells them
    apart, and a gray one nothing else.

    Args:
        original: an `Original`.
    """
    pixels = original.pixels[original.face][None]
    return float(np.median(skimage.color.rgb2lab(pixels)[..., 0]))


def by_lightness(scored):
    """The darkest, middle and lightest third of the faces.

    Args:
        scored: a `Scored` with a value "lightness" `[P]`.

    Returns:
        A list of `Group`, empty where a third has fewer than four.
    """
    of_faces = scored.values["lightness"]
    if len(of_faces) < _LEAST * len(_NAMES):
        return []
    order = np.argsort(of_faces, kind="stable")
    groups = []
    for name, rows in zip(
        _NAMES, np.array_split(order, len(_NAMES)), strict=True
    ):
        groups.append(Group(
            name,
            (float(of_faces[rows[0]]), float(of_faces[rows[-1]])),
            len(rows),
            known(dict(PhotographScores().values(scored, rows))),
        ))
    return groups
