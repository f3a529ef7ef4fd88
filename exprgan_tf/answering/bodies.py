"""Bodies of requests, of which only so much is ever in memory."""

import asyncio
import contextlib

from starlette.requests import ClientDisconnect

from exprgan_tf.answering.refusals import Refusal

# For a whole body, and for the next part of it.
BODY_SECONDS, PART_SECONDS = 60.0, 10.0
# Requests of the largest size that are in memory together.
TOGETHER = 8


class Bodies:
    """Reads bodies and counts what all that are in use take together.

    Where room runs out, those that are still being read make it, the one
    that takes longest first: many that trickle keep nobody out.

    Args:
        most_bytes: of one body.
        seconds, part_seconds: how long one and each part of it may take.
    """

    def __init__(
        self, most_bytes, seconds=BODY_SECONDS, part_seconds=PART_SECONDS
    ):
        self.most_bytes = int(most_bytes)
        self._room = TOGETHER * self.most_bytes
        self._seconds, self._part_seconds = seconds, part_seconds
        self._taken = 0
        # Bytes by the clock of each that is being read, oldest first.
        self._reading = {}

    @contextlib.asynccontextmanager
    async def body(self, request, most_bytes=None):
        """The bytes of a request, which are counted until the block ends.

        What comes beyond the limit is read and thrown away: a client that
        still sends would not see why it is refused.

        Args:
            request: a Starlette `Request`.
            most_bytes: a smaller limit than that of all.

        Raises:
            Refusal: 413 for more bytes, 408 when they take too long, 400
                when they end early, 503 when there is no room.
        """
        limit = int(most_bytes or self.most_bytes)
        data = await self._read(request, limit)
        try:
            yield data
        finally:
            self._taken -= len(data)

    async def _read(self, request, limit):
        data, size, clock = bytearray(), 0, asyncio.timeout(self._seconds)
        try:
            async with clock:
                self._reading[clock] = 0
                parts = aiter(request.stream())
                while True:
                    async with asyncio.timeout(self._part_seconds):
                        part = await anext(parts, None)
                    if part is None:
                        break
                    size += len(part)
                    if size > limit:
                        self._give_back(clock)
                        data = bytearray()
                    else:
                        self._take(clock, len(part))
                        data += part
        except TimeoutError:
            if size <= limit:
                raise Refusal(
                    408, "slow", "The request took too long to arrive.",
                    {"Connection": "close"},
                ) from None
        except ClientDisconnect:
            raise Refusal(400, "cut", "The request ended early.") from None
        finally:
            taken = self._reading.pop(clock, 0)
            self._taken -= taken
        if size > limit:
            raise Refusal(
                413, "too_large",
                f"This is too large: at most {limit / 1e6:g} MB "
                f"({limit} bytes). Send less.",
                {"Connection": "close"},
            )
        self._taken += len(data)
        return bytes(data)

    def _take(self, clock, count):
        while self._taken + count > self._room:
            oldest = next(
                (one for one, held in self._reading.items()
                 if held and one is not clock), None,
            )
            if oldest is None:
                raise Refusal(
                    503, "busy",
                    "Too much is being sent. Come back in a moment.",
                    {"Retry-After": "1", "Connection": "close"},
                )
            self._give_back(oldest)
            if not oldest.expired():
                oldest.reschedule(asyncio.get_running_loop().time())
        self._reading[clock] += count
        self._taken += count

    def _give_back(self, clock):
        self._taken -= self._reading[clock]
        self._reading[clock] = 0
