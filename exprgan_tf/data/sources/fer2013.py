"""FER-2013."""

import numpy as np

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import (
    class_folders,
    find,
    pictures_below,
    table_rows,
)

# By the label.
EXPRESSIONS = (
    "angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"
)
SIDE = 48

_LABELS = {str(number): name for number, name in enumerate(EXPRESSIONS)}
_SPLITS = {
    "Training": "train", "PublicTest": "validation", "PrivateTest": "test"
}


class FER2013(Source):
    """FER-2013, small gray faces from the web.

    What: 35,887 faces of 48 x 48 pixels, 7 expressions, cropped and roughly
    registered, labels noisy. Nobody is named.

    Layout: fer2013.csv (or icml_face_data.csv) with the columns emotion,
    pixels and Usage: Training is the train split, PublicTest validation,
    PrivateTest test. Also one folder an expression: train/angry/1.jpg and
    test/angry/2.jpg.

    Licence: none given; made for a contest on Kaggle, for research.
    Get it at: Kaggle, "Challenges in Representation Learning: Facial
    Expression Recognition Challenge"
    """

    name = "fer2013"
    names_subjects = False

    def photos(self):
        self.skipped = []
        if self.folder.is_file():
            table = self.folder
        else:
            table = find(self.folder, "fer2013.csv", "icml_face_data.csv")
        if table:
            return self.require(self._listed(table))
        train = find(self.folder, "train", "test")
        root = train.parent if train else self.folder
        return self.require(self._sorted_by_class(root))

    def _listed(self, table):
        photos = []
        for line, row in table_rows(table, ("emotion", "pixels", "Usage")):
            pixels, reason = _pixels(row["pixels"])
            if row["emotion"] not in _LABELS:
                reason = f"emotion {row['emotion']!r} is not 0 to 6"
            elif row["Usage"] not in _SPLITS:
                reason = f"Usage {row['Usage']!r} is unknown"
            if reason:
                self.skipped.append((str(table), f"line {line}: {reason}"))
                continue
            photos.append(Photo(
                path=table,
                expression=_LABELS[row["emotion"]],
                split=_SPLITS[row["Usage"]],
                pixels=pixels,
                label=f"{table}, line {line}",
            ))
        return photos

    def _sorted_by_class(self, root):
        photos = []
        for split, folder in class_folders(root):
            expression = expression_name(folder.name)
            for file in pictures_below(folder):
                if expression in EXPRESSIONS:
                    photos.append(Photo(
                        path=file, expression=expression, split=split
                    ))
                else:
                    self.skipped.append(
                        (str(file), "in no folder of an expression")
                    )
        return photos


def _pixels(text):
    """A pair of picture and reason why there is none."""
    cells = text.split()
    if len(cells) != SIDE * SIDE:
        return None, f"{len(cells)} pixels in place of {SIDE * SIDE}"
    try:
        values = bytes(map(int, cells))
    except ValueError:
        return None, "a pixel is not 0 to 255"
    return np.frombuffer(values, "uint8").reshape(SIDE, SIDE), None
