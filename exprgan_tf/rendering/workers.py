"""Processes that render people side by side."""

from concurrent.futures.process import BrokenProcessPool

from exprgan_tf.errors import UserError
from exprgan_tf.rendering.jobs import render_subject
from exprgan_tf.support.processes import core_count, in_processes

_given = None


def render_all(model, maps, settings, folder, indices, count=0):
    """Renders people in `count` processes (0: one a core).

    Yields:
        The index and the manifest rows of each person, as they get ready.

    Raises:
        UserError: when a process ends without an answer.
    """
    count = max(min(count or core_count(), len(indices)), 1)
    try:
        yield from in_processes(
            _render, indices, count, _start, (model, maps, settings, folder)
        )
    except BrokenProcessPool:
        raise UserError(
            "a rendering process died, perhaps for want of memory; repeat the "
            f"command to go on, or give fewer --workers (now {count})"
        ) from None


def _start(*given):
    global _given
    _given = given


def _render(index):
    model, maps, settings, folder = _given
    return index, render_subject(model, maps, settings, index, folder)
