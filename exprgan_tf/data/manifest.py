"""Manifests: CSV files that list the images of a data set."""

import csv

from exprgan_tf.errors import UserError

# No subject is in two of these. Splits of other names are for reference.
EXCLUSIVE_SPLITS = ("train", "validation", "test")


def read_manifest(path):
    """The rows of a manifest, each with a split and a checked intensity.

    Raises:
        UserError: naming the line that is wrong.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            columns = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"--manifest={path} cannot be read: {error}") from None
    for column in ("path", "subject", "expression"):
        if column not in columns:
            raise UserError(f"{path} has no column {column!r}")
    if not rows:
        raise UserError(f"{path} lists no image")
    for line, row in enumerate(rows, start=2):
        for column in ("path", "subject", "expression"):
            if not row[column]:
                raise UserError(f"{path}, line {line}: {column} is empty")
        row["intensity"] = _intensity(row.get("intensity"), path, line)
    if "split" not in columns:
        _split_by_subject(rows)
    for line, row in enumerate(rows, start=2):
        if not row["split"] or not row["split"].isidentifier():
            raise UserError(
                f"{path}, line {line}: split {row['split']!r} is not a name"
            )
    _check_splits(rows, path)
    return rows


def _intensity(text, path, line):
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UserError(
            f"{path}, line {line}: intensity {text!r} is not in 0 to 1"
        )
    return value


def _split_by_subject(rows):
    subjects = sorted({row["subject"] for row in rows})
    if len(subjects) < 2:
        raise UserError(
            "the manifest has one subject and no split column: a test split "
            "needs another subject"
        )
    test = set(subjects[-max(len(subjects) // 10, 1) :])
    for row in rows:
        row["split"] = "test" if row["subject"] in test else "train"


def _check_splits(rows, path):
    homes = {}
    for row in rows:
        if row["split"] in EXCLUSIVE_SPLITS:
            home = homes.setdefault(row["subject"], row["split"])
            if home != row["split"]:
                raise UserError(
                    f"{path}: subject {row['subject']!r} is in both {home} "
                    f"and {row['split']}"
                )
    if "train" not in homes.values():
        raise UserError(f"{path} has no image in a split named train")
