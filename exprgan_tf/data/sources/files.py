"""Finding and reading the files of a public set."""

import codecs
import csv
import os
import pathlib

from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import SUFFIXES
from exprgan_tf.pictures.listing import is_photograph
from exprgan_tf.support.record import JUNK

# Folders that say which split their pictures belong to.
SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}

# Folders of file managers and of network drives.
_NOBODYS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information")

# What is between the cells of a table: the first that fits.
_DELIMITERS = (",", ";", "\t")

# Archives are often packed with a folder or two around them.
_DEPTH = 3


def pictures_below(folder):
    """All photographs below a folder, sorted."""
    return [path for path in files_below(folder, None) if is_photograph(path)]


def files_below(folder, suffixes):
    """All files of these suffixes below a folder, sorted.

    Hidden files, and what file managers leave, are no part of a set.
    With None for the suffixes, every file, and folders that are named like a
    picture.
    """
    found, seen = [], set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:  # a link to a folder above
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(
            name for name in folders
            if not name.startswith(".") and name not in _NOBODYS
        )
        found += [
            pathlib.Path(root, name) for name in names
            if not name.startswith(".") and name not in JUNK
            and (suffixes is None or _suffix(name) in suffixes)
        ]
        if suffixes is None:
            found += [
                pathlib.Path(root, name) for name in folders
                if _suffix(name) in SUFFIXES
            ]
    return sorted(found)


def _suffix(name):
    return os.path.splitext(name)[1].lower()


def folders_in(folder):
    """The folders of a folder, sorted, without hidden ones."""
    return sorted(
        path for path in folder.iterdir()
        if path.is_dir()
        and not path.name.startswith(".") and path.name not in _NOBODYS
    )


def find(folder, *names):
    """The first of these relative paths that exists, or None.

    It is looked for in the folder and up to three levels below.
    """
    for level in range(_DEPTH + 1):
        for name in names:
            found = sorted(folder.glob("*/" * level + name))
            if found:
                return found[0]
    return None


def class_folders(folder):
    """Pairs `(split, class folder)`; the split is None without such folders.

    Where there is a folder of training pictures, those beside it that name
    no split are left out.
    """
    folders = folders_in(folder)
    splits = [
        (SPLIT_FOLDERS[top.name.lower()], top)
        for top in folders if top.name.lower() in SPLIT_FOLDERS
    ]
    if len(splits) == len(folders) or "train" in dict(splits):
        return [
            (split, path) for split, top in splits for path in folders_in(top)
        ]
    return [(None, path) for path in folders]


def without_copies(files, skipped):
    """The files less those whose name came before, which go to `skipped`.

    For sets that name each picture once; some archives hold all twice.
    """
    first, kept = {}, []
    for file in files:
        if file.name.lower() in first:
            skipped.append(
                (str(file), f"a copy of {first[file.name.lower()]}")
            )
        else:
            first[file.name.lower()] = file
            kept.append(file)
    return kept


def named_files(source, pattern, title):
    """The pictures of a set whose file names say what they show.

    Other names go to what the source skipped.

    Args:
        source: a `Source`.
        pattern: a compiled pattern of a name without its suffix.
        title: what the set is called, for the reason.

    Returns:
        A list of pairs `(file, match)`.
    """
    found = []
    for file in without_copies(pictures_below(source.folder), source.skipped):
        match = pattern.fullmatch(file.stem)
        if match:
            found.append((file, match))
        else:
            source.skipped.append((str(file), f"not a name of {title}"))
    return found


def table_rows(path, columns, names=None, more=()):
    """Pairs `(line number, row)` of a CSV file, cells without spaces around.

    Cells may be apart by commas, semicolons or tabs, and columns written in
    capitals, as spreadsheets write them.

    Args:
        path: the file.
        columns: those that must be there.
        names: all columns, for a file whose first line is not their names.
        more: columns that may be there.

    Raises:
        UserError: when it cannot be read or a column is missing.
    """
    try:
        with path.open(encoding=_encoding(path), newline="") as file:
            delimiter, header, before = ",", names, 0
            if not names:
                delimiter, header, before = _header(
                    file, {*columns, *more}, columns
                )
            for column in columns:
                if column not in header:
                    raise UserError(
                        f"{path} has no column {column!r}: it has "
                        f"{', '.join(map(repr, header)) or 'none'}"
                    )
            for column in (*columns, *more):
                if header.count(column) > 1:
                    raise UserError(f"{path} has two columns {column!r}")
            reader = csv.reader(file, delimiter=delimiter)
            for cells in reader:
                if not names and any(cells[len(header):]):
                    raise UserError(
                        f"{path}, line {before + reader.line_num}: more "
                        f"values than columns ({len(cells)}, "
                        f"{len(header)}); put one that holds {delimiter!r} "
                        "in quotes"
                    )
                if cells:
                    cells += [""] * (len(header) - len(cells))
                    yield before + reader.line_num, {
                        name: cell.strip()
                        for name, cell in zip(header, cells, strict=False)
                    }
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} cannot be read: save it as CSV in UTF-8 ({error.reason})"
        ) from None
    except (OSError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}") from None


def _encoding(path):
    """UTF-8, or what the first bytes say."""
    with path.open("rb") as file:
        start = file.read(2)
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return "utf-16" if start in marks else "utf-8-sig"


def _header(file, known, needed):
    """What stands between cells, the names of the columns, and how many
    lines that took: those before are empty, or Excel's word on cells."""
    line, before = file.readline(), 1
    while line and (not line.strip() or line.startswith("sep=")):
        line, before = file.readline(), before + 1
    headers = {}
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        headers[delimiter] = [_column(cell, known) for cell in cells]
    return *max(
        headers.items(),
        key=lambda item: len(set(needed) & set(item[1])),
    ), before


def _column(cell, known):
    name = cell.strip()
    lower = name.lower().replace(" ", "_")
    return lower if name not in known and lower in known else name
