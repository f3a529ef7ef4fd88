"""Addresses of the page, and what each answers."""

import base64
import dataclasses
from typing import Annotated

import fastapi
import pydantic
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from exprgan_tf.answering.bodies import Bodies
from exprgan_tf.answering.guard import Guard
from exprgan_tf.answering.refusals import Refusal, allowed_names
from exprgan_tf.config import NEUTRAL
from exprgan_tf.errors import UserError
from exprgan_tf.page import limits
from exprgan_tf.page.memory import Forgotten, Memory
from exprgan_tf.page.portraits import animated
from exprgan_tf.page.requests import MOST_FACES, Chosen, Lender, Wish
from exprgan_tf.page.settings import Settings
from exprgan_tf.page.studio import EXAMPLES, JPEG_QUALITY, SHAPES, STATIC
from exprgan_tf.pictures.files import encode_picture
from exprgan_tf.pictures.levels import to_uint8

_KINDS = {
    "html": "text/html", "css": "text/css", "js": "text/javascript",
    "svg": "image/svg+xml", "jpg": "image/jpeg",
}
# A picture of fewer numbers is a PNG at once; for a larger one, which takes
# many times as long as a JPEG, a slider would wait.
_SMALL = 128 * 128 * 3
# What the page's script asks is far smaller; eight codes are not.
_MOST_JSON_BYTES = 2_000_000


@dataclasses.dataclass(frozen=True)
class _Picture:
    """The faces of an upload."""

    portraits: list

    @property
    def size(self):
        return sum(portrait.image.nbytes for portrait in self.portraits) + (
            len(self.portraits[0].upload)
        )


def make_app(studio, settings=None):
    """The page as an ASGI application.

    Args:
        studio: a `Studio`.
        settings: a `Settings`.
    """
    settings = settings or Settings()
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_guards(app, settings)
    _add_files(app)
    pictures = Memory(settings.keep_mb * 1e6, settings.keep_minutes)
    sitters = Memory(settings.keep_mb * 1e6, settings.keep_minutes)
    bodies = Bodies(max(settings.max_upload_mb * 1e6, _MOST_JSON_BYTES))
    uploads = limits.RateLimit(settings.uploads_per_minute)
    # A slider must not wait until somebody else's photograph is searched.
    slow, quick = limits.Lane(), limits.Lane()
    examples = {}

    def asked(kind):
        """What a request asks, as JSON: a parameter of a route."""
        async def read(request: fastapi.Request):
            async with bodies.body(request, _MOST_JSON_BYTES) as data:
                return kind.model_validate_json(data)

        return fastapi.Depends(read)

    def portrait_of(token, number):
        portraits = pictures.get(token).portraits
        if number >= len(portraits):
            raise UserError("The picture has no such face")
        return portraits[number]

    @app.get("/api/model")
    def describe():
        config = studio.model.config
        return {
            "neutral": NEUTRAL,
            "expressions": config.classes,
            "examples": EXAMPLES,
            "shapes": SHAPES,
            "most_bytes": int(settings.max_upload_mb * 1e6),
            "keep_minutes": settings.keep_minutes,
        }

    @app.post("/api/pictures")
    async def upload(request: fastapi.Request):
        uploads(request)
        async with bodies.body(
            request, settings.max_upload_mb * 1e6
        ) as data:
            found = (await slow.run(request, studio.find, data))[:MOST_FACES]
        return {
            "picture": pictures.keep(_Picture(found)),
            "faces": [_thumbnail(portrait.image) for portrait in found],
            "note": found[0].note,
        }

    @app.post("/api/faces")
    async def choose(
        request: fastapi.Request, chosen: Annotated[Chosen, asked(Chosen)]
    ):
        number = chosen.number
        if chosen.kind == "person":
            sitter = await slow.run(request, studio.person, number)
        elif chosen.kind == "example":
            if number >= len(EXAMPLES):
                raise UserError("There is no such example")
            if number not in examples:
                examples[number] = await slow.run(
                    request, studio.example, number
                )
            sitter = examples[number]
        else:
            portrait = portrait_of(chosen.picture, number)
            uploads(request)
            sitter = await slow.run(request, studio.fit, portrait)
        return {
            "face": sitters.keep(sitter),
            "before": _thumbnail(sitter.editor.before),
            "center": sitter.screen and sitter.screen.center(sitter.portrait),
            "moves": sitter.editor.moves_shapes,
            "shows": sitter.editor.shows,
            "note": sitter.note,
        }

    @app.post("/api/expressions")
    async def read(
        request: fastapi.Request, lender: Annotated[Lender, asked(Lender)]
    ):
        portrait = portrait_of(lender.picture, lender.number)
        name, code = await slow.run(
            request, studio.read_expression, portrait, lender.expression
        )
        return {"expression": name, "code": [float(x) for x in code]}

    @app.get("/api/faces/{token}/photograph")
    async def photograph(request: fastapi.Request, token: str):
        screen = _require_screen(sitters.get(token))
        return _image(await quick.run(request, _on_screen, screen.picture))

    @app.post("/api/faces/{token}/edit")
    async def edit(
        request: fastapi.Request, token: str,
        wish: Annotated[Wish, asked(Wish)],
    ):
        sitter = sitters.get(token)
        in_photograph = _in_photograph(sitter, wish)

        def make():
            if wish.full:
                return studio.download(sitter, wish.pairs, in_photograph)
            return _on_screen(studio.edit(sitter, wish.pairs, in_photograph))

        lane = slow if wish.full else quick
        return _image(await lane.run(request, make))

    @app.post("/api/faces/{token}/grid")
    async def grid(request: fastapi.Request, token: str):
        sitter = sitters.get(token)
        return _image(await slow.run(request, studio.grid, sitter))

    @app.post("/api/faces/{token}/animation")
    async def animation(
        request: fastapi.Request, token: str,
        wish: Annotated[Wish, asked(Wish)],
    ):
        sitter = sitters.get(token)
        in_photograph = _in_photograph(sitter, wish)

        def make():
            return animated(
                studio.sweep(sitter, wish.pairs, in_photograph)
            )

        return _image(await slow.run(request, make))

    return app


def _in_photograph(sitter, wish):
    """Whether the photograph is wanted.

    Raises:
        UserError: when there is none.
    """
    if wish.view != "photograph":
        return False
    return bool(_require_screen(sitter))


def _require_screen(sitter):
    if sitter.screen is None:
        raise UserError("This face has no photograph around it")
    return sitter.screen


def _thumbnail(image):
    """A face, floats in [-1, 1], as a data URL."""
    data = base64.b64encode(encode_picture(to_uint8(image)))
    return f"data:image/png;base64,{data.decode()}"


def _on_screen(picture):
    if picture.size < _SMALL:
        return encode_picture(picture)
    return encode_picture(picture, "jpeg", quality=JPEG_QUALITY)


def _image(data):
    kind = {b"\x89PNG": "png", b"GIF8": "gif"}.get(data[:4], "jpeg")
    return Response(data, media_type=f"image/{kind}")


def _add_files(app):
    """Every file of the page under its name.

    They are read once; no request ever becomes a path.
    """
    def answering(data, kind):
        # Arguments of `answer` would be parameters of the request.
        def answer():
            return Response(data, media_type=kind)

        return answer

    for file in STATIC.iterdir():
        address = "/" if file.name == "index.html" else f"/{file.name}"
        kind = _KINDS[file.name.rpartition(".")[2]]
        app.get(address)(answering(file.read_bytes(), kind))


def _add_guards(app, settings):
    """Headers, hosts, rates, and errors as `{"code", "message"}`."""
    requests = limits.RateLimit(settings.requests_per_minute)

    def answer_of(status, code, message, headers=None):
        return JSONResponse(
            {"code": code, "message": message}, status,
            {**limits.HEADERS, **(headers or {})},
        )

    def refuse(refusal):
        return answer_of(
            refusal.status, refusal.code, str(refusal), refusal.headers
        )

    @app.middleware("http")
    async def guard(request, answer):
        try:
            requests(request)
            response = await answer(request)
        except Refusal as refusal:
            return refuse(refusal)
        response.headers.update(limits.HEADERS)
        return response

    @app.exception_handler(Refusal)
    async def refused(request, error):
        return refuse(error)

    @app.exception_handler(UserError)
    async def user_error(request, error):
        return answer_of(422, "unusable", f"{str(error).rstrip('.')}.")

    @app.exception_handler(Forgotten)
    async def forgotten(request, error):
        return answer_of(410, "forgotten", "This picture was forgotten.")

    @app.exception_handler(pydantic.ValidationError)
    async def wrong(request, error):
        return answer_of(422, "wrong", "The request is not understood.")

    @app.exception_handler(HTTPException)
    async def unknown(request, error):
        return answer_of(
            error.status_code, "unknown", "There is no such page.",
            error.headers,
        )

    app.add_middleware(
        Guard, names=allowed_names(settings.host, settings.allowed_hosts),
        refuse=refuse,
    )
