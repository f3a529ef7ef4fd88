"""Manifests: CSV files that list the pictures of a data set."""

import math
import os
import re
import unicodedata

from exprgan_tf.data.preparing.selection import EXCLUSIVE_SPLITS
from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import SPLIT_FOLDERS, table_rows
from exprgan_tf.errors import UserError

MANIFEST = "manifest.csv"

_POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
_LANDMARKS = tuple(f"{point}_{axis}" for point in _POINTS for axis in "xy")
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2},\d{3}")
_COLUMNS = ("subject", "intensity", "split", "motion", *_LANDMARKS)


class Manifest(Source):
    """Pictures of one's own, listed in a table.

    Layout: manifest.csv, or any other CSV file that --input names, with the
    columns path (from the table's folder) and expression, and, where known,
    subject (who it is), intensity (0 to 1), split (train, validation, test,
    or another name for pictures that nothing trains on) and ten columns of
    pixel positions: left_eye_x, left_eye_y, right_eye_x, right_eye_y,
    nose_x, nose_y, mouth_left_x, mouth_left_y, mouth_right_x, mouth_right_y,
    left as seen in the picture; motion (a file of animate-photos) and
    photograph (the name of the one of which the picture was made).
    Without subjects, one person may come to be in two splits. A photograph
    of several people has a row for each, with landmarks.

    Licence: that of the pictures.
    """

    name = "manifest"

    def __init__(self, folder):
        super().__init__(folder)
        self.file = self.folder
        if self.folder.is_dir():
            self.file = self.folder / MANIFEST
            if not self.file.exists():
                raise UserError(
                    f"--input={folder} has no {MANIFEST}, which "
                    f"--source={self.name} needs"
                )

    def photos(self):
        self.skipped = []
        rows = list(table_rows(
            self.file, ("path", "expression"), more=_COLUMNS
        ))
        if not rows:
            raise UserError(f"{self.file} lists no image")
        has_splits = any(row.get("split") for _, row in rows)
        photos, homes, lines = [], {}, {}
        for line, row in rows:
            photo = self._photo(row, f"{self.file}, line {line}", has_splits)
            self._check_home(photo, homes)
            first = lines.setdefault(_everything(photo), line)
            if first != line:
                self.skipped.append((
                    photo.name, f"line {line} says the same as line {first}"
                ))
            elif os.path.isfile(photo.path):
                photos.append(photo)
            else:
                self.skipped.append((photo.name, "listed, but not there"))
        self.names_subjects = any(photo.subject for photo in photos)
        if not photos:
            raise UserError(
                f"{self.file}: none of its {len(rows)} images is there; "
                f"paths count from the folder of the table"
            )
        return photos

    def _photo(self, row, where, has_splits):
        for column in ("path", "expression"):
            if not row[column]:
                raise UserError(f"{where}: {column} is empty")
        split = row.get("split") or None
        split = split and SPLIT_FOLDERS.get(split.lower(), split)
        if has_splits and not (split and split.isidentifier()):
            raise UserError(f"{where}: split {split or ''!r} is not a name")
        return Photo(
            path=self._file(row["path"]),
            expression=expression_name(row["expression"]),
            subject=row.get("subject") or None,
            intensity=_intensity(row.get("intensity"), where),
            split=split,
            landmarks=_landmarks(row, where),
            motion=self._file(row["motion"]) if row.get("motion") else None,
            photograph=row.get("photograph") or None,
        )

    def _file(self, text):
        """A path from the table's folder, as other systems write it, too.

        Windows has backslashes, and macOS takes letters and their accents
        apart, in tables or in names of files.
        """
        ways = [text, text.replace("\\", "/")]
        ways += [
            unicodedata.normalize(form, way)
            for way in ways for form in ("NFC", "NFD")
        ]
        paths = [self.file.parent / way for way in ways]
        return next((path for path in paths if os.path.exists(path)), paths[0])

    def _check_home(self, photo, homes):
        if photo.subject and photo.split in EXCLUSIVE_SPLITS:
            home = homes.setdefault(photo.subject, photo.split)
            if home != photo.split:
                raise UserError(
                    f"{self.file}: subject {photo.subject!r} is in both "
                    f"{home} and {photo.split}"
                )


def _everything(photo):
    return (
        os.path.normpath(photo.path), photo.expression, photo.subject,
        photo.intensity, photo.split, photo.landmarks, photo.motion,
    )


def _intensity(text, where):
    if not text:
        return None
    value = _number(text)
    if value is None or not 0 <= value <= 1:
        raise UserError(f"{where}: intensity {text!r} is not in 0 to 1")
    return value


def _landmarks(row, where):
    texts = [row.get(column) or "" for column in _LANDMARKS]
    if not any(texts):
        return None
    for column, text in zip(_LANDMARKS, texts, strict=True):
        if _number(text) is None:
            raise UserError(f"{where}: {column} {text!r} is not a number")
    numbers = [_number(text) for text in texts]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _number(text):
    # 1,234 is a thousand to some, and a bit more than one to others.
    if _AMBIGUOUS.fullmatch(text):
        return None
    try:
        # Spreadsheets of many countries write 0,5.
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
