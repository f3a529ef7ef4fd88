"""What every source of labelled photographs is."""

import dataclasses
import pathlib

import numpy as np

from exprgan_tf.errors import UserError

# Words of the public sets, in lower case, for the names used here.
_EXPRESSIONS = {
    "angry": ("anger", "an", "ang"),
    "contempt": ("contemptuous",),
    "disgust": ("disgusted", "di", "dis"),
    "fear": ("afraid", "fearful", "scared", "af", "fea"),
    "happy": ("happiness", "happy", "ha", "hap", "joy"),
    "neutral": ("normal", "ne", "neu"),
    "sad": ("sadness", "sa"),
    "surprise": ("surprised", "su", "sur"),
}
_NAMES = {
    word: name
    for name, words in _EXPRESSIONS.items() for word in (name, *words)
}


def expression_name(text):
    """This project's name of an expression: "Anger" is "angry".

    A word that no public set uses comes back in lower case.
    """
    word = text.strip().lower()
    return _NAMES.get(word, word)


@dataclasses.dataclass(frozen=True)
class Photo:
    """A labelled photograph, not yet read.

    Args:
        path: its file, or the file that holds it.
        expression: class name, as `expression_name` gives it.
        subject: who it is; None when the set does not tell.
        intensity: in [0, 1]; None when unknown.
        split: "train", "validation", "test" or a reference split such as
            "neutral"; None when the set has none.
        landmarks: `[5, 2]` pixel positions (x, y) of left eye, right eye,
            nose, left and right corner of the mouth, left as seen in the
            image; None when they must be found.
        motion: the file of its motion, see `data.motions`; None
            when there is none.
        photograph: name of the photograph of which it was made; None when it
            is one itself, or that is unknown.
        pixels: uint8 `[h, w]` or `[h, w, 3]` when the file is a table of
            pictures; None when `path` is the picture.
        label: what to call it in messages; None: its path.
        key: its name below the folder of the set, so that splits and
            samples do not depend on where the set lies; `select` fills it.
    """

    path: pathlib.Path
    expression: str
    subject: str | None = None
    intensity: float | None = None
    split: str | None = None
    landmarks: tuple | None = None
    motion: pathlib.Path | None = None
    photograph: str | None = None
    pixels: np.ndarray | None = None
    label: str | None = None
    key: str = ""

    @property
    def name(self):
        return self.label or str(self.path)


class Source:
    """A public set of faces, or a layout of one's own.

    A subclass says in its docstring how the set lies on disk, its licence
    and where to ask for it; `--list_sources` prints that.

    Args:
        folder: where the set was unpacked.

    Attributes:
        name: what `--source` calls it.
        names_subjects: whether the set tells who is in a picture. Without,
            pictures are split by file, and one person may be in two splits.
        skipped: after `photos`, pairs `(name, reason)` of files that belong
            to the set and have no place in it.
        notes: after `photos`, what else a user has to know, texts.
    """

    name = ""
    names_subjects = True
    folder = None
    notes = ()

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.skipped = []
        if not self.folder.exists():
            raise UserError(f"--input={folder} does not exist")

    def photos(self):
        """A list of `Photo`s, in an order that is always the same.

        Raises:
            UserError: when the folder does not hold such a set.
        """
        raise NotImplementedError

    def require(self, photos):
        """The same list; for the end of `photos`.

        Raises:
            UserError: when it is empty.
        """
        if not photos:
            raise UserError(
                f"--input={self.folder} holds no picture in the layout of "
                f"--source={self.name}; --list_sources describes it"
            )
        return photos
