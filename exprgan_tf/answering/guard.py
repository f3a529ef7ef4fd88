"""What stands before every route of a server."""

import asyncio

from exprgan_tf.answering.refusals import Refusal, require_allowed


class Guard:
    """ASGI middleware: who may ask; HEAD is GET without the body.

    What a server that stops waits for no longer is refused.

    Args:
        app: an ASGI application.
        names: as of `refusals.allowed_names`.
        refuse: from a `Refusal` to a Starlette response.
    """

    def __init__(self, app, names, refuse):
        self._app, self._names, self._refuse = app, names, refuse

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            require_allowed(scope, self._names)
        except Refusal as refusal:
            await self._refuse(refusal)(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        started = False

        async def noting(message):
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        # As an error, uvicorn would log where it happened.
        except asyncio.CancelledError:
            if not started:
                await self._refuse(Refusal(
                    503, "stops", "The server stops.", {"Connection": "close"}
                ))(scope, receive, send)


def _without_body(send):
    async def sent(message):
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sent
