"""Work of many requests, of which none waits long behind a large one."""

import asyncio
import concurrent.futures
import heapq
import itertools

# How many times its own time a piece of work may be overtaken for.
PATIENCE = 30.0


class Turns:
    """Runs pieces of work in a thread, the one that is due first at first.

    A piece is due some times its own time after it came: small ones pass
    large ones, which are never passed for good.
    """

    def __init__(self):
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "turns")
        self._waiting = []
        self._numbers = itertools.count()
        self._busy = False

    async def run(self, seconds, function, *arguments):
        """What the function returns.

        Args:
            seconds: about how long it will take.
            function: called in the thread with the arguments.
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
        try:
            return await loop.run_in_executor(
                self._thread, function, *arguments
            )
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
        """Ends the thread."""
        self._thread.shutdown(cancel_futures=True)
