"""The split file of ExprGAN's authors, read without trusting it."""

import pathlib
import pickle
import re

from exprgan_tf.errors import UserError

# By the label in the file.
EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise")

_WORDS = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")
_PATH = re.compile(rf"(P\d{{3}})/({'|'.join(_WORDS)})/(\d{{1,6}})\.jpe?g")
_SPLITS = {"train", "test"}

# The authors' file has 50 kB.
_MAX_BYTES = 16_000_000


class _Unpickler(pickle.Unpickler):
    """Reads numbers, strings and their containers, and nothing else.

    Whatever a pickle could run it must first find by name.
    """

    def find_class(self, module, name):
        raise pickle.UnpicklingError(
            f"it asks for {module}.{name}, and a split holds only names and "
            f"numbers"
        )


def read_split(path):
    """The frames that a split lists: `{(subject, expression, frame): split}`.

    Args:
        path: a pickle of `{"train": {"P001/Anger/014.jpeg": 0}, "test": ...}`
            as Python 2 wrote it, the label counting `EXPRESSIONS`.

    Raises:
        UserError: when it is anything else. Nothing in the file is run.
    """
    path = pathlib.Path(path)
    table = _unpickle(path)
    if type(table) is not dict or set(table) != _SPLITS:
        raise UserError(f"{path} is not a table of the splits train and test")
    frames, homes = {}, {}
    for split in sorted(_SPLITS):
        if type(table[split]) is not dict:
            raise UserError(f"{path}: {split} is not a table of labels")
        for name, label in table[split].items():
            match = type(name) is str and _PATH.fullmatch(name)
            if not match:
                raise UserError(
                    f"{path}: {_short(name)} is not like P001/Anger/014.jpeg"
                )
            if type(label) is not int or _label(match[2]) != label:
                raise UserError(
                    f"{path}: {name} has {_short(label)} as its label in "
                    f"place of {_label(match[2])}"
                )
            if homes.setdefault(match[1], split) != split:
                raise UserError(
                    f"{path}: subject {match[1]} is in both train and test"
                )
            frames[match[1], EXPRESSIONS[label], int(match[3])] = split
    if not frames:
        raise UserError(f"{path} lists no picture")
    return frames


def _unpickle(path):
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise UserError(f"{path}: {size} bytes are too many for a split")
        with path.open("rb") as file:
            return _Unpickler(file, encoding="latin1").load()
    except UserError:
        raise
    # A broken pickle can raise nearly anything.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path} cannot be read as a split: {reason}") from None


def _label(word):
    return _WORDS.index(word)


def _short(value):
    """For a message: one line of a value that may be of any size."""
    if type(value) in (str, bytes, int):
        return repr(value)[:60]
    return f"a {type(value).__name__}"
