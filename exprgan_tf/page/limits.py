"""What the page refuses: too much, and too often."""

import collections

import limits

from exprgan_tf.answering.refusals import Refusal
from exprgan_tf.answering.turns import Turns

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
        if not self._limiter.hit(self._rate, _client_of(request)):
            raise Refusal(
                429, "too_many",
                "That was a lot at once. Wait a moment, then go on.",
            )


class Lane:
    """Work that is done one after the other, in a thread of its own.

    Who has little under way passes who has much.

    Args:
        most_waiting: how much may be under way.
        most_of_one: how much of it for one client.
    """

    def __init__(self, most_waiting=64, most_of_one=16):
        self._turns = Turns()
        self._most_waiting, self._most_of_one = most_waiting, most_of_one
        self._waiting = collections.Counter()

    async def run(self, request, function, *arguments):
        """What the function returns, called in the thread.

        Args:
            request: a Starlette `Request`: for whom.
            function: called with the arguments.

        Raises:
            Refusal: when too much waits already.
        """
        client = _client_of(request)
        before = self._waiting[client]
        if (
            before >= self._most_of_one
            or self._waiting.total() >= self._most_waiting
        ):
            raise Refusal(
                503, "busy", "Many people are here. Try again in a moment."
            )
        self._waiting[client] += 1
        try:
            # The second of a client counts as one that takes twice as long.
            return await self._turns.run(1.0 + before, function, *arguments)
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]


def _client_of(request):
    return request.client.host if request.client else "unknown"
