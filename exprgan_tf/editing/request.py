"""What is asked of an edit, and of new faces: one object each."""

import dataclasses
import math
import re

import numpy as np

from exprgan_tf.animation.recipes import EXPRESSIONS
from exprgan_tf.config import NEUTRAL
from exprgan_tf.config_motion import MOTION
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import MODEL_HELP, setting

ALL = ("all",)
# What pictures of --shapes are called.
SHAPES = "shapes"
_MOVED = (SHAPES, NEUTRAL, *EXPRESSIONS)
ALIGN = ("auto", "always", "never")
ANIMATE, DECODER = "animate", "decoder"
METHODS = ("auto", ANIMATE, MOTION, DECODER)
REFINE = ("detail", "identity", "full", "none")
MOTION_MODEL_HELP = (
    "run folder or file of --stage=motion, whose network moves photographs; "
    "default: without --model the one that comes along, if any"
)
NOTE_HELP = (
    "write into each picture's file (XMP) that trained networks changed it"
)
_REFINE_HELP = (
    "fitting to each face before the edit. detail: of the identity code, and "
    "details of the picture are kept; identity: without these, softer, and "
    "stronger in expression; full: of the decoder, too, slow; none: fastest. "
    "Says how the decoder paints; to animate and motion it means nothing"
)


def parse_intensities(items):
    """Floats from texts.

    Raises:
        UserError: for what is not a number from 0 to 1.
    """
    try:
        values = tuple(float(item) for item in items)
    except ValueError:
        values = ()
    if not values or not all(0 <= value <= 1 for value in values):
        raise UserError(
            f"--intensities={','.join(items)}: must be numbers from 0 to 1"
        )
    # Finer than anybody sees; and one that is named twice is one.
    return tuple(dict.fromkeys(round(abs(value), 6) for value in values))


def parse_face_expressions(items):
    """{number: expression} from texts like "2:happy".

    Raises:
        UserError: for other texts, or a face that is named twice.
    """
    found = {}
    for item in items:
        match = re.fullmatch(r"\s*([1-9]\d*)\s*:\s*(.+?)\s*", item)
        if not match or int(match[1]) in found:
            raise UserError(
                f"--face_expressions={','.join(items)}: must be pairs such "
                "as 1:happy,2:sad, each face once, counted from the left"
            )
        found[int(match[1])] = match[2]
    return found


def parse_shapes(items):
    """{shape: weight} from texts like "jawOpen:0.5".

    Raises:
        UserError: for other texts, or a shape that is named twice.
    """
    found = {}
    for item in items:
        name, _, text = item.strip().partition(":")
        try:
            weight = float(text)
        except ValueError:
            weight = math.nan
        if not name or name in found or not -1 <= weight <= 1:
            raise UserError(
                f"--shapes={','.join(items)}: must be pairs such as "
                "browInnerUp:0.6, each shape once, from -1 to 1"
            )
        found[name] = weight
    return found


def chosen_method(model, is_motion):
    """What edits photographs when nobody says how.

    Args:
        model: what `--model` names, or None.
        is_motion: whether that is a `MotionModel`.
    """
    if model is None:
        return ANIMATE
    return MOTION if is_motion else DECODER


def require_motion(request):
    """Refuses a motion model that nothing would be done with.

    Args:
        request: an object with `method` and `motion_model`.

    Raises:
        UserError: naming both.
    """
    if request.motion_model and request.method not in ("auto", MOTION):
        raise UserError(
            f"--motion_model is for --method={MOTION}, and not for "
            f"--method={request.method}"
        )


@dataclasses.dataclass(frozen=True)
class EditRequest:
    """What is made of which photographs, and where it goes."""

    model: str | None = setting(None, MODEL_HELP)
    input: str | None = setting(
        None,
        "a photograph, a folder of them, or a film; default: a photograph "
        "that comes along (scikit-image's astronaut)",
    )
    output: str = setting("edited", "folder for the pictures")
    expressions: tuple[str, ...] = setting(
        ALL, "names, neutral among them, or all"
    )
    intensities: tuple[float, ...] = setting(
        (0.2, 0.4, 0.6, 0.8, 1.0),
        "from 0, neutral, to 1, the full expression", read=parse_intensities,
    )
    method: str = setting(
        "auto",
        "motion: the photograph's own pixels move as the network of "
        "--stage=motion says; animate: they move as a face model says; "
        "decoder: the model paints the face; auto: what --model is made for, "
        "without it animate, and for a face that cannot be animated motion",
        METHODS,
    )
    shapes: dict = setting(
        {},
        "shapes in the place of --expressions, such as "
        "browInnerUp:0.6,mouthSmileLeft:0.8, each from -1 to 1",
        read=parse_shapes,
    )
    list_shapes: bool = setting(
        False, "print the names for --shapes, and end"
    )
    levels: bool = setting(
        False,
        "also one picture for each element of an expression's code (Fig. 3)",
    )
    align: str = setting(
        "auto",
        "find the face, level it and cut it out; auto: leave square pictures "
        "whole whose face is in place already; never: all are aligned",
        ALIGN,
    )
    paste_back: bool = setting(
        False, "also put each edit back into its photograph"
    )
    faces: str = setting(
        "largest",
        "which faces of a photograph to edit; all: pictures of single faces "
        "are called {stem}_face1 and so on, from the left",
        ("largest", "all"),
    )
    face_expressions: dict = setting(
        {},
        "for each face its own expression, such as 1:happy,2:sad, counted "
        "from the left; writes {stem}_faces_{intensity}_photo.png",
        read=parse_face_expressions,
    )
    format: str = setting(
        "png",
        "png: pictures; gif, mp4: a film of each expression, from neutral to "
        "the largest intensity and back",
        ("png", "gif", "mp4"),
    )
    frames: int = setting(24, "of such a film", least=2)
    fps: float = setting(12.0, "its frames a second", least=0.1, most=100.0)
    contact_sheet: bool = setting(
        False,
        "--paste_back, and contact_sheet_{n}.png: all photographs before and "
        "after",
    )
    refine: str = setting("detail", _REFINE_HELP, REFINE)
    note_edit: bool = setting(True, NOTE_HELP)

    def __post_init__(self):
        if self.levels and (
            self.shapes or self.method in (ANIMATE, MOTION)
        ):
            raise UserError(
                "--levels shows codes of the decoder: leave out --shapes and "
                "--method"
            )
        if self.shapes and self.method in (DECODER, MOTION):
            raise UserError("--shapes needs --method=animate")

    @property
    def steps(self):
        """The intensities of a film's frames: slow at either end."""
        turn = np.arange(self.frames) / self.frames
        return max(self.intensities) * (0.5 - 0.5 * np.cos(2 * np.pi * turn))

    def steps_of(self, expression):
        """The intensities of an expression's pictures."""
        return (0.0,) if expression == NEUTRAL else self.intensities

    def intensity_name(self, intensity):
        """How names of files say an intensity: two decimals, or as many as
        tell all of them apart."""
        asked = set(self.intensities)
        digits = next(
            number for number in range(2, 18) if number == 17 or len({
                f"{value:.{number}f}" for value in asked
            }) == len(asked)
        )
        return f"{intensity:.{digits}f}"

    def for_model(self, model):
        """The same with the names of all expressions, each once.

        Raises:
            UserError: for a name that the model, or the method, does not
                know.
        """
        names = tuple(dict.fromkeys(self.expressions))
        if self.shapes:
            names = (SHAPES,)
        elif names == ALL:
            names = (NEUTRAL, *model.config.classes)
        for name in (*names, *self.face_expressions.values()):
            if name != SHAPES:
                model.class_index(name)
            if self.method == ANIMATE and name not in _MOVED:
                raise UserError(
                    f"--method=animate has no shapes for {name}: it knows "
                    f"{', '.join(EXPRESSIONS)}"
                )
        return dataclasses.replace(self, expressions=names)

    def with_method(self, is_motion):
        """The same with its method decided, where that is auto.

        Args:
            is_motion: whether what `model` names is a `MotionModel`.
        """
        if self.method != "auto":
            return self
        if self.levels:
            method = DECODER
        elif self.shapes:
            method = ANIMATE
        else:
            method = chosen_method(self.model, is_motion)
        return dataclasses.replace(self, method=method)

    def mixes(self, name, intensities):
        """What is to be shown: a mixture an intensity, see `editing`."""
        if name == NEUTRAL:
            return [[(NEUTRAL, 1.0)] for _ in intensities]
        what = self.shapes if name == SHAPES else name
        return [[(what, intensity)] for intensity in intensities]


@dataclasses.dataclass(frozen=True)
class NewFacesRequest:
    """How many new people's faces, and where they go."""

    output: str | None = setting(None, "folder to make", needed=True)
    model: str | None = setting(None, MODEL_HELP)
    count: int = setting(60, "how many faces", least=1)
    format: str = setting(
        "png",
        "png: one folder an expression; tfrecord: a data set to train on",
        ("png", "tfrecord"),
    )
    seed: int = setting(0, "which faces", least=0)
    identities: str = setting(
        "learned",
        "learned: people like those that the model learned from, where it "
        "knows how their identity codes lie; prior: identity codes from "
        "U(-1, 1), as in the paper, which look much alike",
        ("learned", "prior"),
    )
