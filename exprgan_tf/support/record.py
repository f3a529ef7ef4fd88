"""What this project wrote into a folder, so that it replaces nothing else."""

import contextlib
import hashlib
import json
import os
import pathlib

from exprgan_tf.errors import UserError

RECORD = ".exprgan.jsonl"
# Left by file managers wherever they have looked; nobody's.
JUNK = (".DS_Store", "Thumbs.db", "desktop.ini")


class Record:
    """The hidden file of a folder that lists what was written there.

    A line a file, `["name", "SHA-256"]`, is added before the file gets its
    name, so that a process may be killed at any moment. A file is ours when
    it is listed with the content that it has. A line `["a data set"]` says
    what a folder is that is written as a whole.

    Args:
        folder: a `pathlib.Path`; it need not be there yet.
        by_name: whether a file is ours with any content: for a folder that
            holds nothing of others.
    """

    def __init__(self, folder, by_name=False):
        self.folder, self._by_name = pathlib.Path(folder), by_name
        self.path = self.folder / RECORD
        self._known = None

    def begin(self, what=None):
        """Makes one, where there is none: the folder is ours.

        Args:
            what: the folder is as a whole, such as "a data set".
        """
        lines = f"{json.dumps([what])}\n" if what and not self.what else ""
        with self.path.open("ab", buffering=0) as file:
            file.write(lines.encode())

    @property
    def what(self):
        """What the folder is as a whole; None when that is not known."""
        return next((line[0] for line in self._lines() if len(line) == 1), None)

    @property
    def exists(self):
        return self.path.is_file()

    def names(self):
        """The listed files, paths below the folder with `/` between."""
        return set(self._listed())

    def add(self, path, content=None):
        """Lists a file.

        Args:
            path: of the file, in the folder or below.
            content: a file with its content; None: known by its name alone.
        """
        name = self._name(path)
        digest = None if self._by_name else content and _digest(content)
        known = self._remembered().setdefault(name, set())
        if digest in known:
            return
        known.add(digest)
        line = json.dumps([name, digest])
        # One write at the end of the file: processes may share it. The
        # empty line is for one before it that was cut off.
        with self.path.open("ab", buffering=0) as file:
            file.write(f"\n{line}\n".encode())

    def sort(self):
        """Puts it in order, without files that are gone, so that it does
        not tell who wrote what first."""
        lines = [
            json.dumps([name, digest])
            for name, digests in sorted(self._listed().items())
            for digest in sorted(digests, key=str)
            if (self.folder / name).is_file()
        ]
        if self.what:
            lines.insert(0, json.dumps([self.what]))
        partial = self.folder / partial_name(RECORD)
        partial.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        os.replace(partial, self.path)

    def owns(self, path):
        """Whether a file is as it was written here."""
        digests = self._remembered().get(self._name(path))
        if not digests or path.is_symlink() or not path.is_file():
            return False
        return self._by_name or _digest(path) in digests

    def require_own(self, path):
        """Refuses to replace what somebody else wrote or changed.

        Raises:
            UserError: naming it.
        """
        if os.path.lexists(path) and not self.owns(path):
            raise UserError(
                f"{path} was not written by exprgan, or changed since: move "
                "it away, or give another --output"
            )

    def others(self):
        """Files below the folder, sorted, that are not listed."""
        known = self.names() | {RECORD}
        found = []
        for root, folders, files in os.walk(self.folder):
            links = [
                name for name in folders
                if os.path.islink(os.path.join(root, name))
            ]
            found += [
                path for path in (
                    pathlib.Path(root, name) for name in files + links
                )
                if self._name(path) not in known
                and not is_partial(path.name) and path.name not in JUNK
            ]
        return sorted(found)

    def require_replaceable(self, what):
        """Refuses a folder with anything that is not listed, and one that is
        something else, or was written to by another command.

        Args:
            what: is to take its place.

        Raises:
            UserError: naming it.
        """
        others = self.others()
        if not self.folder.is_dir():
            raise UserError(f"--output={self.folder} is not a folder")
        if others and not self.exists:
            raise UserError(
                f"--output={self.folder} has no {RECORD} and is left alone: "
                "move it away, or give another folder"
            )
        if others:
            raise UserError(
                f"--output={self.folder} holds {others[0]}, which exprgan has "
                "not written: move it away, or give another folder"
            )
        # What is written as a whole has no content in the list.
        single = next((
            name for name, digests in sorted(self._listed().items())
            if any(digests) and (self.folder / name).exists()
        ), None)
        held = single if self.what in (None, what) else self.what
        if held:
            raise UserError(
                f"--output={self.folder} holds {held}, which is not of {what}: "
                "move it away, or give another folder"
            )

    def _name(self, path):
        return pathlib.Path(path).relative_to(self.folder).as_posix()

    def _remembered(self):
        """What is listed, read once: a name is one process's own."""
        if self._known is None:
            self._known = self._listed()
        return self._known

    def _listed(self):
        listed = {}
        for line in self._lines():
            if len(line) == 2:
                listed.setdefault(line[0], set()).add(line[1])
        return listed

    def _lines(self):
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            with contextlib.suppress(ValueError):  # empty, or cut off
                entry = json.loads(line)
                if isinstance(entry, list):
                    yield entry


def partial_name(name):
    """What a file is called until it is whole.

    Its ending is that of the name, since Keras tells formats by it; it is no
    longer where the name is as long as a name may be.
    """
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    ending = "".join(pathlib.PurePath(name).suffixes[-2:])
    if len(ending) > len(".weights.h5"):
        ending = pathlib.PurePath(name).suffix[:16]
    return f".partial.{digest}{ending}"


def is_partial(name):
    """Whether a killed process may have left a file of this name."""
    return name.startswith(".partial.")


def _digest(path):
    with pathlib.Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
