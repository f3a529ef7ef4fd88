"""The folder of a data set in the making: what is done, and whose it is."""

import json
import shutil

from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file


class OutputFolder:
    """A folder that is finished when it has its manifest.

    Until then `.unfinished/` holds the settings that it was begun with and
    the manifest's rows of every person whose images are all written.

    Args:
        path: a `pathlib.Path`.
        folders: below it, which hold the images and what belongs to them.
        files: which stand beside the manifest.
    """

    def __init__(self, path, folders=("images",), files=("README.md",)):
        self.path, self._folders, self._files = path, folders, files
        self._manifest = path / "manifest.csv"
        self._unfinished = path / ".unfinished"
        self._settings = self._unfinished / "settings.json"

    def check(self, overwrite):
        """Refuses what must not be written to, before long work begins.

        Raises:
            UserError: for a file, a finished data set without `overwrite`,
                or a folder with something else in it.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--output={self.path} is not a folder")
        if self._manifest.exists():
            if not overwrite:
                raise UserError(
                    f"--output={self.path} is a finished data set; give "
                    "--overwrite to make it anew"
                )
            if not (self.path / "images").is_dir():
                raise UserError(
                    f"--output={self.path} has a manifest.csv but no images/: "
                    "it is not of this command, and is left alone"
                )
        elif not self._settings.exists() and self.path.exists() and any(
            self.path.iterdir()
        ):
            raise UserError(
                f"--output={self.path} is not empty and not of this command"
            )

    def begin(self, description, overwrite):
        """Starts, or goes on with what was begun with the same settings.

        Args:
            description: what the images depend on, JSON values.
            overwrite: begin anew where the settings differ.

        Raises:
            UserError: naming the settings that differ.
        """
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
            self._clear()
            self._unfinished.mkdir(parents=True, exist_ok=True)
            with whole_file(self._settings) as partial:
                partial.write_text(json.dumps(description), "utf-8")
        for name in self._folders:
            (self.path / name).mkdir(exist_ok=True)

    def _begun_with(self):
        try:
            return json.loads(self._settings.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            return {}

    def _clear(self):
        """Removes what this command wrote, the marks of it at last."""
        for rows in self._unfinished.glob("*.rows.json"):
            rows.unlink()
        for name in self._folders:
            shutil.rmtree(self.path / name, ignore_errors=True)
        for name in self._files:
            (self.path / name).unlink(missing_ok=True)
        self._manifest.unlink(missing_ok=True)

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
        with whole_file(self._rows_file(index)) as partial:
            partial.write_text(json.dumps(rows), "utf-8")

    def all_rows(self, subjects):
        """Rows of everybody, in order."""
        return [
            row for index in range(subjects)
            for row in json.loads(self._rows_file(index).read_text("utf-8"))
        ]

    def end(self):
        """Removes the notes of the unfinished folder."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
