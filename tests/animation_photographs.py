"""Rendered neutral faces of the carried data, as photographs for tests."""

import functools
import io
import pathlib

import numpy as np
from PIL import Image, ImageDraw

from exprgan_tf.data.batches.examples import Records
from exprgan_tf.data.records import Dataset
from exprgan_tf.faces.detector import find_landmarks

CARRIED = pathlib.Path(__file__).parent.parent / "data/ictface128"
_WIDER = 24  # pixels of room around the rendered face


@functools.cache
def rendered(split="neutral", expression="neutral", number=0):
    """A picture uint8 `[h, w, 3]`, twice as large as it was rendered."""
    dataset = Dataset.open(CARRIED)
    records = Records([
        dataset.folder / shard["file"] for shard in dataset.shards(split)
    ])
    found = 0
    for index in range(len(records)):
        record = records[index]
        if record["expression"] == expression:
            if found == number:
                image = Image.open(io.BytesIO(record["image"]))
                pixels = np.asarray(image.convert("RGB").resize((256, 256)))
                return np.pad(pixels, ((_WIDER,) * 2,) * 2 + ((0, 0),), "edge")
            found += 1
    raise AssertionError(f"no {expression} number {number} in {split}")


@functools.cache
def landmarks(*arguments):
    """MTCNN's five points of `rendered(*arguments)`."""
    return find_landmarks(rendered(*arguments))[0]


def behind_frames(picture, eyes):
    """A face behind round frames."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    reach = 0.32 * np.linalg.norm(eyes[1] - eyes[0])
    for x, y in eyes:
        draw.ellipse(
            (x - reach, y - reach, x + reach, y + reach), outline=(20, 20, 20),
            width=3,
        )
    draw.line(
        (eyes[0][0] + reach, eyes[0][1], eyes[1][0] - reach, eyes[1][1]),
        (20, 20, 20), 3,
    )
    return np.asarray(image)
