"""MTCNN (Zhang et al. 2016): three networks that find faces, each the better.

What is found is what the package `mtcnn` finds, but for landmarks, which are
not rounded here to whole pixels (`tests/test_cascade.py`).
"""

import functools

import cv2
import numpy as np
from threadpoolctl import ThreadpoolController

from exprgan_tf.faces import cascade_networks as networks

# How sure each network has to be of what the next one looks at.
SURE = (0.6, 0.7, 0.8)
# The first network sees faces of 12 pixels. The smallest that are looked for
# have 20; from there pictures become smaller by a factor.
_SEEN, _SMALLEST, _FACTOR = 12, 20, 0.709
_STRIDE = 2
# What the second and the third see, pixels.
_SECOND, _THIRD = 24, 48
# Boxes that overlap by more are of one face: at one size of the picture, and
# at all; for the second and the third network.
_OVERLAP = (0.5, 0.7, 0.7, 0.7)


class Cascade:
    """Finds upright faces. Threads may share it.

    Raises:
        UserError: when the weights are not there.
    """

    def __init__(self):
        self._weights = [
            networks.weights_of(name) for name in ("pnet", "rnet", "onet")
        ]
        self._threads = ThreadpoolController()

    def __call__(self, pictures, sure=SURE):
        """What is found in each of several pictures of one size.

        Args:
            pictures: uint8 `[n, h, w, 3]`.
            sure: three numbers from 0 to 1: what each network's answer has to
                be above.

        Returns:
            A list for each of them: of a box `[4]` (left, upper, right and
            lower edge), how sure the last network is of it, and the places
            `[5, 2]` of eyes, nose and corners of the mouth; all in pixels.
        """
        images = (np.asarray(pictures, "float32") - 127.5) / 128
        # More threads than one would wait for each other.
        with self._threads.limit(limits=1, user_api="blas"):
            whose, boxes = self._propose(images, sure[0])
            whose, boxes = self._refine(images, whose, boxes, sure[1])
            found = self._look_closely(images, whose, boxes, sure[2])
        return [
            [face[1:] for face in found if face[0] == index]
            for index in range(len(images))
        ]

    def _propose(self, images, sure):
        """Boxes where the first network sees a face at any size, and which
        pictures they are in."""
        height, width = images.shape[1:3]
        count = round(
            -np.log(min(height, width) / _SEEN) / np.log(_FACTOR) - 1
        )
        proposals = [np.zeros(0, int)], [np.zeros((0, 4))], [np.zeros(0)]
        for scale in _SEEN / _SMALLEST * _FACTOR ** np.arange(count):
            moves, sures = networks.first(self._weights[0], np.stack([
                cv2.resize(
                    image, (int(width * scale), int(height * scale)),
                    interpolation=cv2.INTER_AREA,
                ) for image in images
            ]))
            whose, y, x = places = np.nonzero(sures > sure)
            corners = _STRIDE * np.stack([x, y], axis=1) + 1.0
            boxes = np.hstack([corners, corners + _SEEN - 1])
            boxes = (boxes + (_SEEN - 1) * moves[:, *places].T) / scale
            kept = _one_each(whose, boxes, sures[places], _OVERLAP[0])
            for all_sizes, values in zip(
                proposals, (whose, boxes, sures[places]), strict=True,
            ):
                all_sizes.append(values[kept])
        whose, boxes, sures = map(np.concatenate, proposals)
        kept = _one_each(whose, boxes, sures, _OVERLAP[1])
        return whose[kept], _square(boxes[kept])

    def _refine(self, images, whose, boxes, sure):
        """Those boxes that the second network believes, as it moves them."""
        moves, sures = networks.second(
            self._weights[1], _cut_out(images, whose, boxes, _SECOND)
        )
        kept = np.flatnonzero(sures > sure)
        boxes = _moved(boxes, moves)
        kept = kept[
            _one_each(whose[kept], boxes[kept], sures[kept], _OVERLAP[2])
        ]
        return whose[kept], _square(boxes[kept])

    def _look_closely(self, images, whose, boxes, sure):
        """Faces, each with the index of its picture."""
        moves, places, sures = networks.third(
            self._weights[2], _cut_out(images, whose, boxes, _THIRD)
        )
        places = boxes[:, None, :2] + _sides(boxes)[:, None] * places - 1
        kept = np.flatnonzero(sures > sure)
        boxes = _moved(boxes, moves)
        kept = kept[_one_each(
            whose[kept], boxes[kept], sures[kept], _OVERLAP[3], inside=True,
        )]
        return [
            (whose[index], boxes[index], float(sures[index]), places[index])
            for index in kept
        ]


@functools.cache
def cascade():
    """The one `Cascade` of this process."""
    return Cascade()


def _sides(boxes):
    """Width and height `[n, 2]`; both edges are part of a box."""
    return boxes[:, 2:] - boxes[:, :2] + 1


def _moved(boxes, moves):
    return boxes + moves * np.tile(_sides(boxes), 2)


def _square(boxes):
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    halves = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.hstack([centres - halves, centres + halves])


def _one_each(whose, boxes, sures, most, inside=False):
    """Indices of boxes that no surer one of the same picture overlaps by more
    than `most` of both together, or, with `inside`, of the smaller one."""
    order = np.argsort(-sures, kind="stable")
    boxes = boxes[order]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    common = np.clip(
        np.minimum(boxes[:, None, 2:], boxes[:, 2:])
        - np.maximum(boxes[:, None, :2], boxes[:, :2]), 0, None,
    ).prod(axis=2)
    whole = (
        np.minimum(areas[:, None], areas) if inside
        else areas[:, None] + areas - common
    )
    same = whose[order][:, None] == whose[order]
    hidden = np.triu((common > most * whole) & same, 1).any(axis=0)
    return order[~hidden]


def _cut_out(images, whose, boxes, side):
    """Boxes `[k, side, side, 3]` of pictures, linearly between pixels, from
    edge to edge; 0 outside."""
    lines = []
    for axis in (1, 0):
        length = images.shape[2 - axis]
        # As TensorFlow's `crop_and_resize` takes boxes of whole pictures.
        ends = boxes[:, axis::2] / length * (length - 1)
        at = np.linspace(ends[:, 0], ends[:, 1], side, axis=1)
        below = np.clip(np.floor(at), 0, length - 1).astype(int)
        lines.append((
            below, np.minimum(below + 1, length - 1),
            (at - below).astype("float32"), (at >= 0) & (at <= length - 1),
        ))
    (up, down, y, rows), (left, right, x, columns) = lines
    whose = whose[:, None, None]

    def row(y):
        y = y[:, :, None]
        first, last = (
            images[whose, y, places[:, None]] for places in (left, right)
        )
        return first + x[:, None, :, None] * (last - first)

    upper, lower = row(up), row(down)
    seen = upper + y[:, :, None, None] * (lower - upper)
    return seen * (rows[:, :, None] & columns[:, None])[..., None]
