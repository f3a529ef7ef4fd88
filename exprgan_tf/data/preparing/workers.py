"""Preparing many photographs on all cores, so that a killed run resumes."""

import contextlib
import hashlib
import os
import sqlite3
from concurrent.futures.process import BrokenProcessPool

from exprgan_tf.data.preparing.preparation import Prepared, prepare
from exprgan_tf.support.processes import core_count, in_processes
from exprgan_tf.support.progress import progress_bar

_CHUNK = 8


def prepare_all(photos, options, journal, workers=0):
    """Prepares every photograph, those of an earlier run from its journal.

    Args:
        photos: `Photo`s.
        options: `Options`.
        journal: a `Journal`.
        workers: processes; 0: one a core.

    Returns:
        The journal's keys of the results, in the order of `photos`.
    """
    keys = [work_key(photo, options) for photo in photos]
    done = journal.keys()
    todo = list({
        key: photo for key, photo in zip(keys, photos, strict=True)
        if key not in done
    }.items())
    progress = progress_bar(
        len(photos), "faces", "photo", initial=len(photos) - len(todo)
    )
    for key, prepared in _work(todo, options, workers or core_count()):
        journal.add(key, prepared)
        progress.update()
    progress.close()
    journal.flush()
    return keys


def work_key(photo, options):
    """Names the result: it changes with the file and with the options."""
    try:
        state = photo.path.stat()
        version = (state.st_size, state.st_mtime_ns)
    except OSError:
        version = None
    text = repr((
        os.fspath(photo.path), photo.name, version, photo.landmarks, options,
        photo.motion,
    ))
    return hashlib.sha256(
        text.encode("utf-8", "surrogateescape")
    ).hexdigest()


class Journal:
    """Results on disk, each whole or absent.

    Args:
        path: an SQLite file, made when missing, and anew when damaged.

    Raises:
        OSError: from every method, when it cannot be written.
    """

    def __init__(self, path):
        self._path, self._unsaved = path, 0
        with self._named_errors():
            try:
                self._database = _open(path)
            # A full disk, and the like, is no damage.
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                path.unlink()
                self._database = _open(path)

    def keys(self):
        with self._named_errors():
            return {row[0] for row in self._database.execute(
                "SELECT key FROM results"
            )}

    def add(self, key, prepared):
        with self._named_errors():
            self._database.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)",
                (key, prepared.image, prepared.digest, prepared.reason),
            )
        self._unsaved += 1
        if self._unsaved >= 64:
            self.flush()

    def flush(self):
        with self._named_errors():
            self._database.commit()
        self._unsaved = 0

    def outcome(self, key):
        """`(digest, reason)` of a result."""
        return self._row("digest, reason", key)

    def image(self, key):
        return self._row("image", key)[0]

    def _row(self, columns, key):
        with self._named_errors():
            return self._database.execute(
                f"SELECT {columns} FROM results WHERE key = ?", (key,)
            ).fetchone()

    def close(self):
        try:
            self.flush()
        finally:
            self._database.close()

    @contextlib.contextmanager
    def _named_errors(self):
        try:
            yield
        except sqlite3.Error as error:
            raise OSError(f"{self._path}: {error}") from None


def _open(path):
    database = sqlite3.connect(path)
    try:
        database.execute(
            "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, "
            "image BLOB, digest TEXT, reason TEXT)"
        )
        damage, = database.execute("PRAGMA quick_check(1)").fetchone()
        if damage != "ok":
            raise sqlite3.DatabaseError(damage)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _work(items, options, workers):
    """Yields `(key, Prepared)`; a picture that kills a worker is named."""
    chunks = [
        (items[start : start + _CHUNK], options)
        for start in range(0, len(items), _CHUNK)
    ]
    if workers == 1:
        for chunk in chunks:
            yield from _prepare_chunk(chunk)
        return
    finished = set()
    try:
        for made in in_processes(_prepare_chunk, chunks, workers):
            for key, prepared in made:
                finished.add(key)
                yield key, prepared
    except BrokenProcessPool:
        # A library crashed on one of them: halve until it is found.
        rest = [item for item in items if item[0] not in finished]
        if len(rest) == 1:
            yield rest[0][0], Prepared(
                None, reason="reading it ends the process"
            )
            return
        yield from _work(rest[: len(rest) // 2], options, workers)
        yield from _work(rest[len(rest) // 2 :], options, workers)


def _prepare_chunk(chunk):
    items, options = chunk
    keys, photos = zip(*items, strict=True)
    return list(zip(keys, prepare(photos, options), strict=True))
