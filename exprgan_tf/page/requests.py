"""What the page's script may ask, as JSON."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, FiniteFloat

# Faces of a photograph among which one is chosen.
MOST_FACES = 12


class Part(BaseModel):
    """Of a mixture: a class name, a code, or shapes and their weights."""

    what: (
        Annotated[str, Field(max_length=100)]
        | Annotated[list[FiniteFloat], Field(max_length=10_000)]
        | Annotated[
            dict[str, Annotated[float, Field(ge=-1, le=1)]],
            Field(max_length=200),
        ]
    )
    intensity: Annotated[float, Field(ge=0, le=1)]


class Wish(BaseModel):
    """What a face is to look like, and how much of it is to be seen."""

    mix: Annotated[list[Part], Field(max_length=8)] = []
    view: Literal["face", "photograph"] = "face"
    full: bool = False

    @property
    def pairs(self):
        return [(part.what, part.intensity) for part in self.mix]


class Chosen(BaseModel):
    """Which face to edit: of a picture, an example, or a new person."""

    picture: str | None = None
    number: Annotated[int, Field(ge=0, lt=2**31)] = 0
    kind: Literal["picture", "example", "person"] = "picture"


class Lender(BaseModel):
    """Whose expression to read, and what it is called, if that is known."""

    picture: str
    number: Annotated[int, Field(ge=0, lt=MOST_FACES)] = 0
    expression: str | None = None
