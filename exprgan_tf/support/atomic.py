"""Files and folders that appear only when they are whole."""

import contextlib
import os
import pathlib
import shutil

import filelock

from exprgan_tf.errors import UserError
from exprgan_tf.support.record import Record, partial_name

_LOCK = partial_name("lock")


@contextlib.contextmanager
def whole_file(path, record=None):
    """Gives a name to write under; renamed to `path` when the block ends.

    The name lies in the same folder and ends as `path` does. When the block
    fails it is removed, and a file that was there before stays as it was.

    Args:
        path: a `pathlib.Path`.
        record: the `Record` of a folder that may hold files of others; None
            where the folder is this project's own, such as a run's.

    Raises:
        UserError: when a file of the name is there that is not in `record`.
    """
    if record:
        record.require_own(path)
    partial = path.with_name(partial_name(path.name))
    try:
        yield partial
        # Else a power cut may leave an empty file under the name.
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        if record:
            record.add(path, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(output, what, overwrite=False):
    """Gives an empty folder to fill; renamed to `output` when the block ends.

    When the block fails it is removed, and what was there before stays. A
    folder is replaced only when its `Record` lists all that it holds, and it
    is of the same kind.

    Args:
        output: a `pathlib.Path`.
        what: it is, such as "a data set".
        overwrite: whether to replace a folder that is there.

    Raises:
        UserError: when the folder exists, holds what this project has not
            written or what is of another kind, another process makes it, or
            something in the block cannot be written.
    """
    # A link stays one: what it leads to is replaced.
    place = pathlib.Path(os.path.realpath(output))
    partial, replaced = beside(output, "partial"), beside(output, "replaced")
    lock = None
    try:
        if Record(partial).exists:
            held(partial, f"--output={output}").release()
        if not place.exists() and Record(replaced).exists:
            # The process was killed between the two renames.
            os.rename(replaced, place)
        if place.exists():
            if not overwrite:
                raise UserError(
                    f"--output={output} exists; give --overwrite=true"
                )
            Record(place).require_replaceable(what)
        remove_own(replaced)
        own_folder(partial, what)
        lock = held(partial, f"--output={output}")
        yield partial
        record = Record(partial)
        for path in record.others():
            record.add(path)
        if place.exists():
            # Somebody may have put something there in the meantime.
            Record(place).require_replaceable(what)
            os.rename(place, replaced)
        lock.release()
        pathlib.Path(lock.lock_file).unlink(missing_ok=True)
        os.rename(partial, place)
        lock = None
        remove_own(replaced)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    finally:
        if lock:
            lock.release()
            shutil.rmtree(partial, ignore_errors=True)


def held(folder, flag, does="writes", name=_LOCK):
    """Holds a folder, until the lock is let go or this process ends.

    Args:
        folder: what is being filled.
        flag: and its value, as the user calls it.
        does: what another process does there.
        name: of the lock's file.

    Returns:
        The lock.

    Raises:
        UserError: when another process holds it.
    """
    lock = filelock.FileLock(folder / name)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise UserError(f"{flag}: another process {does} there") from None
    return lock


def beside(output, what):
    """Where a folder for what lies between is, beside an output."""
    place = pathlib.Path(os.path.realpath(output))
    return place.with_name(f".{place.name}.{what}")


def own_folder(path, what=None, keep=False):
    """Makes a folder for what lies between.

    Args:
        path: of the folder.
        what: it is to be, as for `whole_folder`.
        keep: whether an earlier one stays as it is; else it goes.

    Raises:
        UserError: when there is one that this project has not made.
    """
    if not (keep and Record(path).exists):
        remove_own(path)
        path.mkdir(parents=True)
    Record(path).begin(what)


def remove_own(path):
    """Removes a folder that this project made for what lies between.

    Raises:
        UserError: when it has not made it.
    """
    if not os.path.lexists(path):
        return
    if path.is_dir() and not path.is_symlink():
        if not any(path.iterdir()):
            path.rmdir()
            return
        if Record(path).exists:
            shutil.rmtree(path)
            return
    raise UserError(f"{path} is in the way: move it away")
