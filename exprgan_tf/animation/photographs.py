"""Which photographs are to be moved: of a folder or of a data set."""

import dataclasses
import hashlib
import pathlib

from exprgan_tf.animation.recipes import EXPRESSIONS
from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.sources import open_source
from exprgan_tf.data.sources.base import Photo, Source
from exprgan_tf.data.sources.files import files_below, find
from exprgan_tf.data.sources.manifest import MANIFEST
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.listing import is_photograph, why_not

# Files that tell a data set.
_TELLING = (("manifest", MANIFEST), ("muxspace", "data/legend.csv"))


class Photographs(Source):
    """Neutral photographs of one's own, at any depth below a folder.

    The folder below the topmost one is the person; a photograph without
    such a folder is a person of its own.
    """

    name = "photographs"

    def photos(self):
        self.skipped = []
        if not self.folder.is_dir():
            raise UserError(f"--photos={self.folder} is not a folder")
        photos = []
        for file in files_below(self.folder, None):
            if not is_photograph(file):
                self.skipped.append((str(file), why_not(file)))
                continue
            parts = file.relative_to(self.folder).parts
            photos.append(Photo(
                file, NEUTRAL,
                subject=parts[0] if len(parts) > 1 else file.stem,
            ))
        if not photos:
            raise UserError(f"--photos={self.folder} holds no photograph")
        return photos


def photographs_to_move(folder, source="", any_expression=False):
    """The photographs of a folder or data set that are to move.

    Args:
        folder: where it lies.
        source: a name of `data.sources.SOURCES`; empty: told by the files.
        any_expression: whether those that are labelled with an expression
            are meant, too.

    Returns:
        A list of `Photo`s with keys, in an order that is always the same,
        and pairs `(name, reason)` of files that cannot be used.

    Raises:
        UserError: when the folder is missing or holds none.
    """
    folder = pathlib.Path(folder)
    if not folder.exists():
        raise UserError(f"--photos={folder} does not exist")
    if not source:
        source = next(
            (name for name, file in _TELLING
             if folder.is_dir() and find(folder, file)), "",
        )
    opened = open_source(source, folder) if source else Photographs(folder)
    wanted = (NEUTRAL, *EXPRESSIONS) if any_expression else (NEUTRAL,)
    photos = [
        dataclasses.replace(photo, key=_key(photo, folder))
        for photo in opened.photos() if photo.expression in wanted
    ]
    if not photos:
        raise UserError(f"--photos={folder} has no neutral photograph")
    return photos, opened.skipped


def _key(photo, folder):
    if photo.path.is_relative_to(folder):
        return str(photo.path.relative_to(folder))
    return photo.path.name


def split_of(photo, test_fraction):
    """"train" or "test": the set's own, or by the person's name alone, so
    that a person stays where they are when photographs are added."""
    if photo.split in ("train", "validation", "test"):
        return photo.split
    return "test" if share_of(subject_of(photo)) < test_fraction else "train"


def share_of(subject):
    """A number in [0, 1) that a person's name alone decides."""
    digest = hashlib.sha256(
        subject.encode("utf-8", "surrogateescape")
    ).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def subject_of(photo):
    """Who it is; a photograph of nobody known is a person of its own."""
    return photo.subject or photo.path.stem
