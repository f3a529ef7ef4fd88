"""The Real-world Affective Faces Database."""

import re

from exprgan_tf.data.sources.base import Photo, Source
from exprgan_tf.data.sources.files import find, pictures_below
from exprgan_tf.errors import UserError

# By the label, which counts from 1.
EXPRESSIONS = (
    "surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"
)

_LABELS = {
    str(number): name for number, name in enumerate(EXPRESSIONS, start=1)
}
# The list carries a spelling of its own in the release.
_LISTS = ("list_patition_label.txt", "list_partition_label.txt")
_NAME = re.compile(r"(train|test)_\d+")


class RAFDB(Source):
    """RAF-DB, Real-world Affective Faces, basic expressions.

    What: 15,339 photographs from the web, 7 expressions, in the set's own
    train and test split. Nobody is named: a person may be in both splits.

    Layout: basic/EmoLabel/list_patition_label.txt with
    basic/Image/original/train_00001.jpg and the landmarks in
    basic/Annotation/manual/train_00001_manu_attri.txt, or with
    basic/Image/aligned/train_00001_aligned.jpg (100 x 100 pixels, taken
    when there are no originals). Also one folder a label:
    DATASET/train/1/train_00001_aligned.jpg.

    Licence: free for non-commercial research and teaching, after asking.
    Ask at: http://whdeng.cn/RAF/model1.html
    """

    name = "rafdb"
    names_subjects = False

    def photos(self):
        self.skipped = []
        labels = find(
            self.folder, *(f"EmoLabel/{name}" for name in _LISTS), *_LISTS
        )
        if labels:
            return self.require(self._listed(labels))
        train = find(self.folder, "train/1", "test/1")
        if not train:
            return self.require([])
        return self.require(self._sorted_by_label(train.parent.parent))

    def _listed(self, labels):
        root = labels.parent
        if root.name == "EmoLabel":
            root = root.parent
        files = pictures_below(root / "Image" / "original")
        are_original = bool(files)
        files = files or pictures_below(root / "Image" / "aligned")
        by_name = {
            file.stem.removesuffix("_aligned"): file for file in files
        }
        photos = []
        for line, text in enumerate(_lines(labels), start=1):
            name, expression = _entry(text)
            if not expression:
                if text.strip():
                    self.skipped.append(
                        (f"{labels.name}, line {line}", "no name and label")
                    )
            elif name not in by_name:
                self.skipped.append(
                    (f"{name}.jpg", f"listed in {labels.name}, but not there")
                )
            else:
                photos.append(Photo(
                    path=by_name.pop(name),
                    expression=expression,
                    split=_NAME.fullmatch(name)[1],
                    # The manual landmarks are those of the originals.
                    landmarks=_landmarks(
                        root / "Annotation/manual" / f"{name}_manu_attri.txt"
                    ) if are_original else None,
                ))
        self.skipped += [
            (str(file), f"not in {labels.name}")
            for _, file in sorted(by_name.items())
        ]
        return photos

    def _sorted_by_label(self, root):
        photos = []
        for split in ("train", "test"):
            for file in pictures_below(root / split):
                if file.parent.name in _LABELS:
                    photos.append(Photo(
                        path=file,
                        expression=_LABELS[file.parent.name],
                        split=split,
                    ))
                else:
                    self.skipped.append(
                        (str(file), "in no folder of a label from 1 to 7")
                    )
        return photos


def _lines(path):
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None


def _entry(text):
    """Name and expression of "train_00001.jpg 5"; two times None if not so."""
    cells = text.split()
    if len(cells) == 2 and cells[1] in _LABELS:
        name = cells[0].rsplit(".", 1)[0].removesuffix("_aligned")
        if _NAME.fullmatch(name):
            return name, _LABELS[cells[1]]
    return None, None


def _landmarks(path):
    """The first five lines "x y"; None where they are not."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()[:5]
        points = [tuple(map(float, line.split())) for line in lines]
    except (OSError, ValueError):
        return None
    if [len(point) for point in points] != [2] * 5:
        return None
    eyes, nose, mouth = points[:2], points[2], points[3:]
    # The release does not say whose left it names first.
    return (*sorted(eyes), nose, *sorted(mouth))
