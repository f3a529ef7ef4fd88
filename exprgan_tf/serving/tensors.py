"""Between the JSON of TensorFlow Serving and arrays.

Source: "RESTful API" of TensorFlow Serving. Stricter than it in one point:
NaN and infinity are refused.
"""

import base64
import itertools

import numpy as np
import orjson

from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import picture_size
from exprgan_tf.serving.errors import RequestError
from exprgan_tf.serving.servable import DEFAULT_SIGNATURE

BYTES = "_bytes"
# What TensorFlow decodes.
PICTURE_FORMATS = ("JPEG", "PNG", "GIF", "BMP")


def read_request(body, signatures, limits):
    """What a body of `:predict` asks for.

    Args:
        body: bytes.
        signatures: for each name a dict of `tf.TensorSpec`.
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
        key: _array(key, columns[key], spec, limits)
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


def _array(key, column, spec, limits):
    if spec.dtype.name == "string":
        values = [_bytes(key, value) for value in column]
        if key.endswith(BYTES):
            for index, value in enumerate(values):
                _require_picture(f"{key}[{index}]", value, limits.max_pixels)
        return np.array(values, dtype=object)
    return _numbers(key, column, spec)


def _numbers(key, column, spec):
    shape = ["n", *spec.shape[1:]]
    wrong = RequestError(
        400, f"input {key} must be {spec.dtype.name} {shape}".replace("'", "")
    )
    leaves = column
    for _ in shape[1:]:
        leaves = itertools.chain.from_iterable(leaves)
    try:
        # An array would quietly take truth values and texts as numbers.
        types = set(map(type, leaves))
        if types - ({int} if spec.dtype.is_integer else {int, float}):
            raise wrong
        with np.errstate(over="ignore"):
            array = np.array(column, spec.dtype.as_numpy_dtype)
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    if not spec.shape.is_compatible_with(array.shape):
        raise wrong
    if not np.all(np.isfinite(array)):
        raise RequestError(400, f"input {key} holds NaN or infinity")
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


def _require_picture(name, content, max_pixels):
    """Reads the header only; what it promises the model will find out."""
    try:
        width, height = picture_size(content, name, PICTURE_FORMATS)
    except UserError as error:
        raise RequestError(400, str(error)) from None
    if width * height > max_pixels:
        raise RequestError(
            400, f"{name}: {width} x {height} pixels are too many, at most "
            f"{max_pixels}"
        )


def write_answer(outputs, by_row):
    """The JSON text, bytes, of a dict of output arrays.

    Raises:
        RequestError: 400, when an output is NaN or infinite.
    """
    values = {name: _value(name, array) for name, array in outputs.items()}
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


def _value(name, array):
    if array.dtype == object:
        if name.endswith(BYTES):
            return [
                {"b64": base64.b64encode(value).decode()} for value in array
            ]
        return [value.decode("utf-8", "replace") for value in array]
    if not np.all(np.isfinite(array)):
        raise RequestError(
            400, f"{name} is not finite: an input is far out of its range"
        )
    return np.ascontiguousarray(array)
