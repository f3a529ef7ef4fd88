"""AffectNet."""

import numpy as np

from exprgan_tf.data.sources.base import Photo, Source
from exprgan_tf.data.sources.files import (
    files_below,
    find,
    pictures_below,
    table_rows,
)
from exprgan_tf.errors import UserError

# By the label. The larger release goes on with what is no expression.
EXPRESSIONS = (
    "neutral", "happy", "sad", "surprise", "fear", "disgust", "angry",
    "contempt",
)
_OTHERS = {8: "no expression", 9: "an uncertain expression", 10: "no face"}

# The published validation set serves as test set: there is no other.
_FOLDERS = (
    ("train", ("train_set",)),
    ("test", ("val_set", "eval_set")),
)
_TABLES = (("train", "training.csv"), ("test", "validation.csv"))
_IMAGES = "Manually_Annotated_Images"
_PATH = "subDirectory_filePath"

# validation.csv came without a line of names.
_COLUMNS = (
    _PATH, "face_x", "face_y", "face_width", "face_height",
    "facial_landmarks", "expression", "valence", "arousal",
)


class AffectNet(Source):
    """AffectNet, photographs from the web.

    What: about 290,000 (manually labelled: 440,000) photographs of faces, 8
    expressions. The published validation set becomes the test split. Nobody
    is named.

    Layout: train_set/images/0.jpg with train_set/annotations/0_exp.npy, and
    val_set; or the older training.csv and validation.csv with
    Manually_Annotated_Images/689/abc.jpg, where pictures labelled none,
    uncertain or no face are left out.

    Licence: free for non-commercial research, after an agreement signed by
    a professor; not to be passed on.
    Ask at: http://mohammadmahoor.com/affectnet/
    """

    name = "affectnet"
    names_subjects = False

    def photos(self):
        self.skipped, photos = [], []
        for split, names in _FOLDERS:
            found = find(
                self.folder, *(f"{name}/annotations" for name in names)
            )
            if found:
                photos += self._annotated(found.parent, split)
        if photos:
            return photos
        for split, name in _TABLES:
            table = find(self.folder, name)
            if table:
                photos += self._listed(table, split)
        return self.require(photos)

    def _annotated(self, root, split):
        images = {file.stem: file for file in pictures_below(root / "images")}
        labels = {
            file.stem.removesuffix("_exp"): file
            for file in files_below(root / "annotations", (".npy",))
            if file.stem.endswith("_exp")
        }
        photos = []
        for name in sorted(images.keys() | labels.keys(), key=_by_number):
            if name not in labels:
                self.skipped.append(
                    (str(images[name]), f"no annotations/{name}_exp.npy")
                )
            elif name not in images:
                self.skipped.append((str(labels[name]), "no picture of it"))
            else:
                photos += self._photo(
                    images[name], _read_label(labels[name]), split
                )
        return photos

    def _listed(self, table, split):
        root = find(self.folder, _IMAGES) or table.parent
        photos = []
        for _, row in table_rows(
            table, (_PATH, "expression"), _names_of(table)
        ):
            # Some tables were written on Windows.
            path = root / row[_PATH].replace("\\", "/")
            if row[_PATH] and path.is_file():
                photos += self._photo(path, row["expression"], split)
            else:
                self.skipped.append(
                    (str(path), f"listed in {table.name}, but not there")
                )
        return photos

    def _photo(self, path, text, split):
        """A list of the photo, or an empty one."""
        try:
            label = int(float(text))
        except (ValueError, OverflowError):
            label = -1
        if 0 <= label < len(EXPRESSIONS):
            return [Photo(
                path=path, expression=EXPRESSIONS[label], split=split
            )]
        reason = _OTHERS.get(label, f"{text!r}, no label from 0 to 7")
        self.skipped.append((str(path), f"labelled as {reason}"))
        return []


def _by_number(name):
    return len(name), name


def _read_label(path):
    """The label as text, whatever type it was stored as."""
    try:
        return str(np.load(path, allow_pickle=False).item())
    except (OSError, ValueError, EOFError):
        return "unreadable"


def _names_of(table):
    try:
        with table.open(encoding="utf-8-sig") as file:
            return None if _PATH in file.readline() else _COLUMNS
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{table} cannot be read: {error}") from None
