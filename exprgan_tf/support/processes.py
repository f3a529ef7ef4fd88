"""Work on all cores: in threads, and in processes that end with the one that
started them."""

import collections
import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import threading

from threadpoolctl import threadpool_limits

# The priority of work that others must not wait for, as of `os.nice`.
_BACKGROUND = 5
# More would wait for each other, and each holds a photograph or frame.
_MOST_THREADS = 8
# One thread a process: more would only get in each other's way.
_ONE_THREAD = dict.fromkeys((
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
), "1")


def core_count():
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_threads(function, items):
    """Does something with each of many items, a thread a core, but few.

    For work that lets go of the interpreter, such as NumPy's. No more items
    are taken at a time than there are threads, and a few.

    Args:
        function: takes the parts of an item.
        items: tuples.

    Yields:
        What the function returns, in the order of the items.
    """
    count = min(core_count(), _MOST_THREADS)
    pool = concurrent.futures.ThreadPoolExecutor(count)
    pending = collections.deque()
    # One thread each: those of matrix products would wait for each other.
    limits = threadpool_limits(1, "blas")
    try:
        for item in items:
            pending.append(pool.submit(function, *item))
            if len(pending) > count + 1:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        # What is begun is ended: a file appears only when it is whole.
        pool.shutdown(wait=True, cancel_futures=True)
        limits.restore_original_limits()


def in_processes(function, items, count, start=None, given=()):
    """Does something with each of many items in `count` processes.

    Args:
        function: of a module; takes an item.
        items: what it is called with.
        count: of processes.
        start: a function of a module that each process calls first.
        given: its arguments.

    Yields:
        What the function returns, as it gets ready.

    Raises:
        concurrent.futures.process.BrokenProcessPool: when a process ends
            without an answer.
    """
    # New processes: a copy of one that has loaded TensorFlow can hang.
    pool = concurrent.futures.ProcessPoolExecutor(
        count, multiprocessing.get_context("spawn"), _start, (start, given)
    )
    try:
        with environment(_ONE_THREAD):
            pending = {pool.submit(function, item) for item in items}
        for future in concurrent.futures.as_completed(pending):
            # Else the results of all would stay in memory.
            pending.remove(future)
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def one_process():
    """An executor of one process beside this one, which has precedence.

    Functions and what they take and return are pickled.
    """
    return concurrent.futures.ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn"), _start,
        (_give_way, ()),
    )


def _give_way():
    if hasattr(os, "nice"):
        os.nice(_BACKGROUND)


@contextlib.contextmanager
def environment(values):
    """Environment variables for the processes that a block starts.

    Args:
        values: a dict of texts.
    """
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


def _start(start, given):
    # Ctrl-C is for the parent, which then lets current work finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if start is not None:
        start(*given)


def _end_with_parent():
    """Ends this process with its parent, which may be killed any time."""
    multiprocessing.parent_process().join()
    os._exit(1)
