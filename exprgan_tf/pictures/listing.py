"""Which files of a folder are photographs, and what is left out."""

import os
import pathlib
import re
import sys

from PIL import Image

from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import FORMATS, SUFFIXES
from exprgan_tf.support.record import JUNK, RECORD

# Endings of what is read as a film.
FILMS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v")
# "2024.05.03 Anna" has a dot and no ending.
_ENDING = re.compile(r"\.[a-z][a-z0-9]{1,5}")
# Names that are told one by one.
_MOST_NAMED = 20


def is_photograph(path):
    """Whether a file counts as one: by its ending, and what has none by its
    first bytes."""
    ending = os.path.splitext(path)[1].lower()
    if _ENDING.fullmatch(ending):
        return ending in SUFFIXES
    if not os.path.isfile(path):
        return False
    try:
        with Image.open(path, formats=FORMATS):
            return True
    # Pillow's readers raise many things on what is no picture.
    except Exception:
        return False


def why_not(path):
    """Why something in a folder of photographs is none of them."""
    if path.is_dir():
        return "a folder: give it by itself"
    if path.suffix.lower() in FILMS:
        return "a film: give it by itself"
    return f"no picture of a kind that is read ({', '.join(FORMATS)})"


def list_images(path):
    """The photographs of a folder (not of its subfolders), or the one file.

    What is left out of a folder is named on stderr, but hidden files and
    folders that this project wrote.

    Raises:
        UserError: when the path is missing or the folder holds none.
    """
    path = pathlib.Path(path)
    # False for names that no file can have, too.
    if not os.path.exists(path):
        raise UserError(f"{path} does not exist")
    if not path.is_dir():
        return [path]
    seen = [
        file for file in sorted(path.iterdir())
        if not file.name.startswith(".") and file.name not in JUNK
        and not (file / RECORD).is_file()
    ]
    files = [
        file for file in seen if not file.is_dir() and is_photograph(file)
    ]
    left_out = sorted(set(seen) - set(files))
    if not files:
        more = f": {left_out[0].name} is {why_not(left_out[0])}" if (
            left_out
        ) else ""
        raise UserError(f"{path} holds no photograph{more}")
    for file in left_out[:_MOST_NAMED]:
        print(f"left out: {file}: {why_not(file)}", file=sys.stderr)
    if left_out[_MOST_NAMED:]:
        print(
            f"left out: {len(left_out) - _MOST_NAMED} more of {path}",
            file=sys.stderr,
        )
    return files
