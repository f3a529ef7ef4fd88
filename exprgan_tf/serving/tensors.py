"""Between the JSON of TensorFlow Serving and arrays.

Source: "RESTful API" of TensorFlow Serving. Stricter than it in one point:
NaN and infinity are refused. Nothing here needs TensorFlow: another process
may do it.
"""

import base64
import dataclasses
import itertools

import numpy as np
import orjson

from exprgan_tf.errors import UserError
from exprgan_tf.exporting.names import BYTES, DEFAULT_SIGNATURE, RANGES
from exprgan_tf.pictures.files import (
    decode_photograph,
    encode_picture,
    middle_square,
    picture_size,
)
from exprgan_tf.pictures.notes import noted_png
from exprgan_tf.serving.errors import RequestError

# The inputs whose people are seen in the answer.
EDITED = ("image", "image" + BYTES)
# By how much rounding may take a number out of its range.
_ROUNDING = 1e-5


@dataclasses.dataclass(frozen=True)
class Input:
    """What an input of a signature takes.

    Args:
        kind: TensorFlow's name of its numbers, such as "float32"; "string"
            for bytes.
        dtype: numpy's type of them.
        shape: its sizes, the first of which counts images and is None; None
            when nothing is known.
    """

    kind: str
    dtype: type
    shape: tuple | None


def read_request(body, signatures, limits):
    """What a body of `:predict` asks for.

    Args:
        body: bytes.
        signatures: for each name a dict of `Input`s.
        limits: a `Limits`.

    Returns:
        Name of the signature, dict of arrays, and whether the answer is
        to be in rows, too.

    Raises:
        RequestError: 400, with what is wrong.
    """
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"JSON parse error: {error}") from None
    if not isinstance(request, dict):
        raise RequestError(400, "the request is no JSON object")
    name = request.get("signature_name", "")
    if not isinstance(name, str):
        raise RequestError(400, "'signature_name' must be a string")
    name = name or DEFAULT_SIGNATURE
    if name not in signatures:
        raise RequestError(
            400, f"signature {name[:60]!r} is none of "
            f"{', '.join(sorted(signatures))}"
        )
    if ("instances" in request) == ("inputs" in request):
        raise RequestError(400, "give one of 'instances' and 'inputs'")
    specs = signatures[name]
    by_row = "instances" in request
    if by_row:
        columns = _columns_of_rows(request["instances"], specs)
    else:
        columns = _named_columns(request["inputs"], specs)
    counts = {key: len(column) for key, column in columns.items()}
    if len(set(counts.values())) > 1:
        raise RequestError(400, f"inputs differ in length: {counts}")
    count = next(iter(counts.values()))
    if not 1 <= count <= limits.max_images:
        raise RequestError(
            400, f"{count} images: a request has 1 to {limits.max_images}"
        )
    return name, {
        key: _array(key, columns[key], spec)
        for key, spec in specs.items()
    }, by_row


def _columns_of_rows(rows, specs):
    if not isinstance(rows, list) or not rows:
        raise RequestError(400, "'instances' must be a list with an element")
    if len(specs) == 1 and not _is_named(rows[0]):
        if any(_is_named(row) for row in rows):
            raise RequestError(400, "'instances' mixes values and objects")
        return {next(iter(specs)): rows}
    for index, row in enumerate(rows):
        if not _is_named(row) or row.keys() != specs.keys():
            raise RequestError(
                400, f"element {index} of 'instances' must be an object "
                f"with the keys {', '.join(specs)}"
            )
    return {key: [row[key] for row in rows] for key in specs}


def _named_columns(given, specs):
    if not _is_named(given) and len(specs) == 1:
        given = {next(iter(specs)): given}
    for key in specs:
        if not _is_named(given) or not isinstance(given.get(key), list):
            raise RequestError(
                400, f"'inputs' must be an object of lists: {', '.join(specs)}"
            )
    return {key: given[key] for key in specs}


def _is_named(value):
    """Whether it is an object of inputs, and not base64."""
    return isinstance(value, dict) and value.keys() != {"b64"}


def _array(key, column, spec):
    if spec.kind == "string":
        return np.array([_bytes(key, value) for value in column], object)
    return _numbers(key, column, spec)


def _numbers(key, column, spec):
    shape = ["n", *spec.shape[1:]]
    wrong = RequestError(
        400, f"input {key} must be {spec.kind} {shape}".replace("'", "")
    )
    leaves = column
    for _ in shape[1:]:
        leaves = itertools.chain.from_iterable(leaves)
    try:
        # An array would quietly take truth values and texts as numbers.
        types = set(map(type, leaves))
        whole = np.issubdtype(spec.dtype, np.integer)
        if types - ({int} if whole else {int, float}):
            raise wrong
        with np.errstate(over="ignore"):
            array = np.array(column, spec.dtype)
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    if array.shape[1:] != spec.shape[1:]:
        raise wrong
    if not np.all(np.isfinite(array)):
        raise RequestError(400, f"input {key} holds NaN or infinity")
    if key in RANGES and array.size:
        least, most = RANGES[key]
        if array.min() < least - _ROUNDING or array.max() > most + _ROUNDING:
            raise RequestError(
                400, f"input {key} must lie between {least} and {most}"
            )
    return array


def _bytes(key, value):
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(value["b64"], validate=True)
    except (TypeError, KeyError, ValueError):
        raise RequestError(
            400, f'input {key} must hold {{"b64": BASE64}}'
        ) from None


def picture_places(inputs, limits):
    """Where the encoded pictures of a request are.

    Args:
        inputs: what `read_request` gives.
        limits: a `Limits`.

    Returns:
        A list: array, index in it, what errors call it, and its pixels, as
        the header tells; what it promises is found out when it is read.

    Raises:
        RequestError: 400, for what is no picture, or too large.
    """
    places, sum_of_pixels = [], 0
    for key, column in inputs.items():
        if column.dtype == object and key.endswith(BYTES):
            for index, content in enumerate(column):
                name = f"{key}[{index}]"
                width, height = _picture(picture_size, content, name)
                places.append((column, index, name, width * height))
                sum_of_pixels += width * height
                _require_few_pixels(
                    f"{name}: {width} x {height}", width * height,
                    limits.max_pixels,
                )
    _require_few_pixels(
        f"all pictures of the request: {sum_of_pixels}", sum_of_pixels,
        limits.max_request_pixels,
    )
    return places


def _require_few_pixels(what, pixels, most):
    if pixels > most:
        raise RequestError(
            400, f"{what} pixels are too many, at most {most}"
        )


def read_picture(content, name, face_size, max_pixels):
    """An encoded picture, read as every command reads one.

    Args:
        content: bytes.
        name: what errors call it.
        face_size: side of the square that the model takes of it; None when
            that is not known.
        max_pixels: how many it may have.

    Returns:
        The bytes of a BMP file, which TensorFlow decodes: upright, RGB, and
        no larger than is needed.

    Raises:
        RequestError: 400, for what cannot be read, or holds several pictures.
    """
    photograph = _picture(decode_photograph, content, name, max_pixels)
    # The answer has no place in which it could be told.
    if photograph.pictures > 1:
        raise RequestError(
            400, f"{name} holds {photograph.pictures} pictures: send the one "
            "that is meant"
        )
    picture = photograph.pixels
    if face_size is not None:
        picture = middle_square(picture, face_size)
    return encode_picture(picture, "bmp")


def _picture(read, *arguments):
    try:
        return read(*arguments)
    except UserError as error:
        raise RequestError(400, str(error)) from None


def write_answer(outputs, by_row, noted=False):
    """The JSON text, bytes, of a dict of output arrays.

    Args:
        outputs: the arrays, by name.
        by_row: whether the answer is in rows.
        noted: whether encoded pictures get the note of `pictures.notes`.

    Raises:
        RequestError: 400, when an output is NaN or infinite.
    """
    values = {
        name: _value(name, array, noted) for name, array in outputs.items()
    }
    if len(values) == 1:
        (answer,) = values.values()
    elif by_row:
        answer = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
    else:
        answer = values
    return orjson.dumps(
        {"predictions" if by_row else "outputs": answer},
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def _value(name, array, noted):
    if array.dtype == object:
        if name.endswith(BYTES):
            if noted:
                array = map(noted_png, array)
            return [
                {"b64": base64.b64encode(value).decode()} for value in array
            ]
        return [value.decode("utf-8", "replace") for value in array]
    if not np.all(np.isfinite(array)):
        raise RequestError(
            400, f"{name} is not finite: an input is far out of its range"
        )
    return np.ascontiguousarray(array)
