"""What `dataset.json` holds."""

import json
from typing import Annotated, Literal

import pydantic

from exprgan_tf.errors import UserError

# The second has motions; all that reads the second reads the first.
FORMATS = ("exprgan_tf records 1", "exprgan_tf records 2")


class _Shard(pydantic.BaseModel):
    # A path could lead anywhere.
    file: Annotated[str, pydantic.Field(pattern=r"^[^/\\]+$")]
    records: pydantic.NonNegativeInt
    sha256: str
    motions: pydantic.NonNegativeInt = 0


class _Split(pydantic.BaseModel):
    records: pydantic.NonNegativeInt
    shards: list[_Shard]
    subjects: dict[str, pydantic.NonNegativeInt]
    expressions: dict[str, pydantic.NonNegativeInt]


class Description(pydantic.BaseModel):
    """What `dataset.json` holds, of which its readers rely on everything."""

    format: Literal[FORMATS]
    image_size: pydantic.PositiveInt
    classes: list[str]
    splits: dict[str, _Split]
    margin: pydantic.FiniteFloat = 0.0
    people_known: bool = True


def read_description(path):
    """The `Description` of a data set, and its splits as they stand there.

    Args:
        path: a `pathlib.Path` of the file.

    Raises:
        UserError: when it is none.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        return (
            Description.model_validate(values, strict=True), values["splits"]
        )
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is not a data set: {_fault(error)}"
        ) from None


def _fault(error):
    """What is wrong with a description, in one line."""
    if isinstance(error, pydantic.ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))[:100]
        return f"{place or 'it'}: {first['msg'].lower()}"
    return repr(error)[:200]
