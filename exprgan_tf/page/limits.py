"""What the page refuses: too much, and too often."""

import asyncio
import concurrent.futures
import functools

import limits

from exprgan_tf.answering.refusals import Refusal

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class RateLimit:
    """At most so many requests a minute of each client.

    Args:
        per_minute: how many.
    """

    def __init__(self, per_minute):
        self._rate = limits.RateLimitItemPerMinute(per_minute)
        self._limiter = limits.strategies.SlidingWindowCounterRateLimiter(
            limits.storage.MemoryStorage()
        )

    def __call__(self, request):
        """Counts a request.

        Raises:
            Refusal: when there were too many.
        """
        client = request.client.host if request.client else "unknown"
        if not self._limiter.hit(self._rate, client):
            raise Refusal(
                429, "too_many",
                "That was a lot at once. Wait a moment, then go on.",
            )


class Lane:
    """Work that is done one after the other, in a thread of its own.

    Args:
        most_waiting: how much may be under way.
    """

    def __init__(self, most_waiting=16):
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def run(self, function, *args, **kwargs):
        """Calls a function in the thread.

        Raises:
            Refusal: when too much waits already.
        """
        if self._waiting >= self._most_waiting:
            raise Refusal(
                503, "busy", "Many people are here. Try again in a moment."
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, functools.partial(function, *args, **kwargs)
            )
        finally:
            self._waiting -= 1
