"""Where a command writes: not where it reads, and no two files alike."""

import os
import pathlib
import unicodedata

from exprgan_tf.errors import UserError

# What most file systems take, in bytes.
MOST_BYTES = 255


def require_apart(output, inputs, inside=False, above=False, flag="output"):
    """Refuses an output that is where something is read from.

    Links are followed.

    Args:
        output: a path.
        inputs: `{flag: path}`; paths may be None.
        inside: whether the output may lie in a folder that is read.
        above: whether it may hold what is read.
        flag: that of the output.

    Raises:
        UserError: naming both.
    """
    place = _real(output)
    for name, path in inputs.items():
        if path is None:
            continue
        source = _real(path)
        if place == source or _same_file(output, path):
            relation = "is"
        elif place.is_relative_to(source) and not inside:
            relation = "lies in"
        elif source.is_relative_to(place) and not above:
            relation = "holds"
        else:
            continue
        raise UserError(
            f"--{flag}={output} {relation} --{name}={path}: write to another "
            "place than you read from"
        )


def require_new(output, overwrite, inputs, is_ours):
    """Refuses an output file that must not be replaced.

    Args:
        output: a path.
        overwrite: whether to replace a file of the same kind.
        inputs: as for `require_apart`.
        is_ours: a function from a path to whether the file is of the kind
            that is to be written.

    Raises:
        UserError: naming it.
    """
    output = pathlib.Path(output)
    require_apart(output, inputs, inside=True)
    if not os.path.lexists(output):
        return
    if not output.is_file():
        raise UserError(f"--output={output} is not a file")
    if not overwrite:
        raise UserError(f"--output={output} exists; give --overwrite=true")
    if not is_ours(output):
        raise UserError(
            f"--output={output} was not written by exprgan, and is left "
            "alone: give another file"
        )


def distinct_names(names, most_bytes=MOST_BYTES, taken=()):
    """Names of files of which no two are one, on any file system.

    Those that can be kept are kept. One that an earlier one has is numbered
    (`a_2`), one that is too long is cut, and what no name can hold becomes
    `_`.

    Args:
        names: texts, without what follows them in a file's name.
        most_bytes: of each.
        taken: further names that none may have.

    Returns:
        A list.
    """
    used = {same_name(name) for name in taken}
    given = [_possible(name) for name in names]
    # Whoever has a name to himself keeps it.
    wanted = {same_name(name) for name in given}
    result = []
    for name in given:
        short = _cut(name, most_bytes)
        found, number = short, 1
        while same_name(found) in used or (
            found != name and same_name(found) in wanted
        ):
            number += 1
            ending = f"_{number}"
            found = _cut(name, most_bytes - len(ending)) + ending
        used.add(same_name(found))
        result.append(found)
    return result


def same_name(name):
    """What is equal for names that some file systems hold for one."""
    return unicodedata.normalize("NFC", name).casefold()


def printable(text):
    """Names of files may hold bytes that no encoding explains."""
    return text.encode("utf-8", "backslashreplace").decode()


def _possible(name):
    name = name.replace("/", "_").replace("\\", "_").replace("\0", "_")
    return f"_{name}" if name in ("", ".", "..") else name


def _cut(name, most_bytes):
    while len(os.fsencode(name)) > most_bytes:
        name = name[:-1]
    return name


def _real(path):
    return pathlib.Path(os.path.normcase(os.path.realpath(path)))


def _same_file(first, second):
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False
