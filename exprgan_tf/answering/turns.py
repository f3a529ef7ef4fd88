"""Work of many requests, of which none waits long behind a large one."""

import asyncio
import concurrent.futures
import heapq
import itertools

from exprgan_tf.answering.refusals import Refusal
from exprgan_tf.support.processes import one_process

# How many times its own time a piece of work may be overtaken for.
PATIENCE = 30.0


class Turns:
    """Runs pieces of work one by one, the one that is due first at first.

    A piece is due some times its own time after it came: small ones pass
    large ones, which are never passed for good.

    Args:
        apart: whether they are done in a process of their own, in which
            nothing of what they do, not even an end by the system for the
            memory they took, holds up what others do here. What goes there
            and comes back is pickled. Else: in a thread.
    """

    def __init__(self, apart=False):
        self._apart = apart
        self._start()
        self._waiting = []
        self._numbers = itertools.count()
        self._busy = False

    def _start(self):
        self._worker = one_process() if self._apart else (
            concurrent.futures.ThreadPoolExecutor(1, "turns")
        )

    async def run(self, seconds, function, *arguments):
        """What the function returns.

        Args:
            seconds: about how long it will take.
            function: called there with the arguments.

        Raises:
            Refusal: 503, when the process ended in the middle.
        """
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        due = loop.time() + PATIENCE * seconds
        heapq.heappush(self._waiting, (due, next(self._numbers), turn))
        self._call()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._pass_on()
            raise
        worker = self._worker
        try:
            return await loop.run_in_executor(worker, function, *arguments)
        except concurrent.futures.BrokenExecutor:
            if worker is self._worker:
                self._start()
            raise Refusal(
                503, "ended", "This could not be read, as when memory runs "
                "out. Send less at once.", {"Retry-After": "1"},
            ) from None
        finally:
            self._pass_on()

    def _pass_on(self):
        self._busy = False
        self._call()

    def _call(self):
        """Lets the next one work, unless one does."""
        while self._waiting and not self._busy:
            *_, turn = heapq.heappop(self._waiting)
            # Those whose client is gone are cancelled.
            if not turn.done():
                turn.set_result(None)
                self._busy = True

    def close(self):
        """Ends the thread or process."""
        self._worker.shutdown(cancel_futures=True)
