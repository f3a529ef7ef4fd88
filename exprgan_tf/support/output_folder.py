"""The folder of a data set in the making: what is done, and whose it is."""

import contextlib
import csv
import json
import os
import shutil

from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import held, whole_file
from exprgan_tf.support.record import Record

MANIFEST = "manifest.csv"
_UNFINISHED = ".unfinished"


class OutputFolder:
    """A folder that is finished when it has its manifest.

    Its `Record` lists what was written there. Until it is finished,
    `.unfinished/` holds the settings that it was begun with and the
    manifest's rows of every person whose images are all written.

    Args:
        path: a `pathlib.Path`.
        what: it is, such as "rendered faces".
        folders: below it, which hold the images and what belongs to them.
    """

    def __init__(self, path, what, folders=("images",)):
        self.path, self._what, self._folders = path, what, folders
        self._record = Record(path, by_name=True)
        self._manifest = path / MANIFEST
        self._unfinished = path / _UNFINISHED
        self._settings = self._unfinished / "settings.json"
        self._lock = None

    def __getstate__(self):
        # The lock is of the process that began; its workers do without.
        return {**self.__dict__, "_lock": None}

    def check(self, overwrite):
        """Refuses what must not be written to, before long work begins.

        Raises:
            UserError: for a file, a finished data set without `overwrite`,
                or a folder with something else in it.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--output={self.path} is not a folder")
        if not self._record.exists:
            if self.path.exists() and any(self.path.iterdir()):
                raise UserError(
                    f"--output={self.path} is not empty and not of this "
                    "command"
                )
            return
        if self._manifest.exists() and not overwrite:
            raise UserError(
                f"--output={self.path} is a finished data set; give "
                "--overwrite to make it anew"
            )
        self._record.require_replaceable(self._what)

    def begin(self, description, overwrite):
        """Starts, or goes on with what was begun with the same settings.

        Args:
            description: what the images depend on, JSON values.
            overwrite: begin anew where the settings differ.

        Raises:
            UserError: naming the settings that differ, or when another
                process is at it.
        """
        if self._unfinished.is_dir():
            self._lock = held(self._unfinished, f"--output={self.path}")
        begun = None if self._manifest.exists() else self._begun_with()
        if begun is not None and begun != description:
            if not overwrite:
                names = ", ".join(sorted(
                    name for name in description
                    if begun.get(name) != description[name]
                ))
                raise UserError(
                    f"--output={self.path} was begun with other settings "
                    f"({names}); repeat them to go on, or give --overwrite"
                )
            begun = None
        if begun is None:
            self.path.mkdir(parents=True, exist_ok=True)
            self._let_go()
            self._clear()
            self._record.begin(self._what)
            self._unfinished.mkdir(exist_ok=True)
            self._lock = held(self._unfinished, f"--output={self.path}")
            with self.file(self._settings) as partial:
                partial.write_text(json.dumps(description), "utf-8")
        for name in self._folders:
            (self.path / name).mkdir(exist_ok=True)

    def file(self, path):
        """`whole_file` in this folder; any process may use it."""
        return whole_file(path, self._record)

    def require_space(self, needed, what):
        """Refuses to begin what the disk has no room for.

        Args:
            needed: bytes.
            what: needs them, a text.

        Raises:
            UserError: when fewer are free.
        """
        free = shutil.disk_usage(self.path).free
        if needed > free:
            raise UserError(
                f"--output={self.path}: {what} need about "
                f"{needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free"
            )

    def _let_go(self):
        if self._lock:
            self._lock.release()

    def _begun_with(self):
        try:
            return json.loads(self._settings.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            return {}

    def _clear(self):
        """Removes what is listed, the manifest first and the list at last:
        killed in between, it is no finished data set and still ours."""
        names = self._record.names()
        for name in sorted(names, key=lambda name: name != MANIFEST):
            (self.path / name).unlink(missing_ok=True)
        for name in (*self._folders, _UNFINISHED):
            self._remove_if_empty(self.path / name)
        self._record.path.unlink(missing_ok=True)
        self._record = Record(self.path, by_name=True)

    def _remove_if_empty(self, folder):
        for partial in folder.glob(".partial.*"):
            partial.unlink()
        with contextlib.suppress(OSError):
            os.rmdir(folder)

    def _rows_file(self, index):
        return self._unfinished / f"{index}.rows.json"

    def finished_subjects(self):
        """Indices of the people whose images are all there."""
        finished = set()
        for path in self._unfinished.glob("*.rows.json"):
            try:
                rows = json.loads(path.read_text("utf-8"))
                index = int(path.name.split(".")[0])
            except ValueError:
                continue
            if all((self.path / row[0]).is_file() for row in rows):
                finished.add(index)
        return finished

    def finish_subject(self, index, rows):
        """Notes that a person's images are written."""
        with self.file(self._rows_file(index)) as partial:
            partial.write_text(json.dumps(rows), "utf-8")

    def all_rows(self, subjects):
        """Rows of everybody, in order."""
        return [
            row for index in range(subjects)
            for row in json.loads(self._rows_file(index).read_text("utf-8"))
        ]

    def finish(self, columns, rows):
        """Writes the manifest, and removes the notes of what is begun."""
        with self.file(self._manifest) as partial, partial.open(
            "w", encoding="utf-8", newline=""
        ) as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *rows])
        self._let_go()
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._record.sort()
