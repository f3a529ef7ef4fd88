"""The routes of TensorFlow Serving's REST API, and `/health`."""

import contextlib

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from exprgan_tf.answering.bodies import Bodies
from exprgan_tf.answering.guard import Guard
from exprgan_tf.answering.refusals import Refusal
from exprgan_tf.answering.turns import Turns
from exprgan_tf.serving.batching import Batcher
from exprgan_tf.serving.errors import RequestError
from exprgan_tf.serving.tensors import (
    EDITED,
    picture_places,
    read_picture,
    read_request,
    write_answer,
)

VERSION = "1"
# About how long a byte of JSON and a pixel take to read, and a number to
# write.
_BYTE_SECONDS, _PIXEL_SECONDS, _NUMBER_SECONDS = 5e-8, 3e-8, 1e-7
# Work of less than this does not wait until a large picture is decoded.
_SMALL_SECONDS = 0.1

_ERROR = {"content": {"application/json": {"schema": {
    "type": "object", "properties": {"error": {"type": "string"}},
    "required": ["error"],
}}}}
_REFUSALS = {
    400: {"description": "What is wrong with the request", **_ERROR},
    408: {"description": "The body took too long", **_ERROR},
    413: {"description": "The body is too large", **_ERROR},
    503: {"description": "Too many requests wait", **_ERROR},
}
_PREDICT_BODY = {"requestBody": {"required": True, "content": {
    "application/json": {"schema": {
        "type": "object",
        "properties": {
            "signature_name": {"type": "string"},
            "instances": {"type": "array", "minItems": 1, "items": {}},
            "inputs": {},
        },
    }},
}}}


def make_app(
    servable, limits, name="exprgan", names=None, note_edit=True
):
    """The ASGI application.

    Args:
        servable: a `Servable`.
        limits: a `Limits`.
        name: of the model, in the addresses.
        names: by which the server may be called; None: any.
        note_edit: whether pictures say that a network changed them.
    """
    bodies = Bodies(limits.max_request_bytes)
    # JSON is parsed, and pictures become arrays, in single calls that let
    # nothing else in a process run.
    small, large = Turns(), Turns(apart=True)
    batcher = Batcher(servable.run, servable.inputs, limits)

    @contextlib.asynccontextmanager
    async def lifespan(app):
        async with batcher:
            yield
        small.close()
        large.close()

    # The pages that FastAPI makes load scripts from elsewhere.
    app = FastAPI(
        title="ExprGAN", description="The REST API of TensorFlow Serving.",
        version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None,
        generate_unique_id_function=lambda route: (
            f"{route.name} {route.path_format}"
        ),
    )

    def in_turn(seconds, function, *arguments):
        turns = small if seconds < _SMALL_SECONDS else large
        return turns.run(seconds, function, *arguments)

    async def predict(request: Request):
        async with bodies.body(request) as body:
            signature, inputs, by_row = await in_turn(
                len(body) * _BYTE_SECONDS, read_request, body,
                servable.inputs, limits,
            )
            # One a turn: another request passes between two pictures.
            for column, index, label, pixels in picture_places(
                inputs, limits
            ):
                column[index] = await in_turn(
                    pixels * _PIXEL_SECONDS, read_picture, column[index],
                    label, servable.face_size, limits.max_pixels,
                )
        outputs = await batcher.submit(signature, inputs)
        # New faces are no edits of anything.
        noted = note_edit and not inputs.keys().isdisjoint(EDITED)
        answer = await in_turn(
            sum(value.size for value in outputs.values()) * _NUMBER_SECONDS,
            write_answer, outputs, by_row, noted,
        )
        return Response(answer, media_type="application/json")

    async def metadata():
        return {
            "model_spec": {
                "name": name, "signature_name": "", "version": VERSION,
            },
            "metadata": {
                "signature_def": {"signature_def": servable.metadata},
            },
        }

    async def status():
        return {"model_version_status": [{
            "version": VERSION, "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }]}

    async def health():
        return {
            "status": "ok", "waiting": batcher.waiting, **batcher.counts
        }

    for path in (
        f"/v1/models/{name}", f"/v1/models/{name}/versions/{VERSION}"
    ):
        app.post(
            path + ":predict", responses=_REFUSALS,
            openapi_extra=_PREDICT_BODY,
        )(predict)
        app.get(path + "/metadata")(metadata)
        app.get(path + ":metadata")(metadata)
        app.get(path)(status)
    app.get("/health")(health)

    def refuse(error):
        return _error(error.status, str(error), error.headers)

    app.add_middleware(Guard, names=names, refuse=refuse)

    @app.exception_handler(Refusal)
    @app.exception_handler(RequestError)
    async def refused(request, error):
        return refuse(error)

    @app.exception_handler(HTTPException)
    async def misdirected(request, error):
        return _error(
            error.status_code, f"{error.detail}: {request.method} "
            f"{request.url.path[:100]}; the model is at /v1/models/{name}",
            error.headers,
        )

    # The server's log tells the rest.
    @app.exception_handler(Exception)
    async def failed(request, error):
        return _error(500, f"internal error: {type(error).__name__}")

    return app


def _error(status, message, headers=None):
    return JSONResponse({"error": message}, status, headers)
