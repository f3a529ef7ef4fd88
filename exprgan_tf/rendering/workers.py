"""Processes that render people side by side."""

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool

from exprgan_tf.errors import UserError
from exprgan_tf.rendering.jobs import render_subject

# One thread a process: more would only get in each other's way.
_ONE_THREAD = {
    name: "1" for name in (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    )
}
_given = None


def core_count():
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def render_all(model, maps, settings, folder, indices, count=0):
    """Renders people in `count` processes (0: one a core).

    Yields:
        The index and the manifest rows of each person, as they get ready.

    Raises:
        UserError: when a process ends without an answer.
    """
    count = max(min(count or core_count(), len(indices)), 1)
    # New processes: a copy of one that has loaded TensorFlow can hang.
    pool = concurrent.futures.ProcessPoolExecutor(
        count, multiprocessing.get_context("spawn"), _start,
        (model, maps, settings, folder),
    )
    try:
        with _environment(_ONE_THREAD):
            pending = {pool.submit(_render, index) for index in indices}
        for future in concurrent.futures.as_completed(pending):
            yield future.result()
    except BrokenProcessPool:
        raise UserError(
            "a rendering process died, perhaps for want of memory; repeat the "
            f"command to go on, or give fewer --workers (now {count})"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _environment(values):
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _start(*given):
    global _given
    _given = given
    # Ctrl-C is for the parent, which then lets the current people finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    """Ends this process with its parent, which may be killed any time."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _render(index):
    model, maps, settings, folder = _given
    return index, render_subject(model, maps, settings, index, folder)
