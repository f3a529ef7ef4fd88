"""What is asked of an edit, and how it is written on a command line."""

import dataclasses
import re

import numpy as np

from exprgan_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class Edits:
    """What is made of each photograph.

    Args:
        expressions: class names, or "neutral".
        intensities: floats in [0, 1].
        refine: as in `ExprGAN.edit`.
        align: as for `faces.find_faces`.
        levels: whether to write the pictures of Fig. 3 as well.
        paste_back: whether to write whole photographs, too.
        faces: "largest" or "all".
        face_expressions: a dict from the number of a face, counted from 1
            at the left, to its expression; then only whole photographs are
            made, with these faces edited. Empty: every face is given every
            expression.
        format: "png" makes pictures; "gif" and "mp4" a film of each
            expression, from neutral to the largest intensity and back.
        frames: of a film.
        fps: frames a second of a film.
        contact_sheet: whether to paste back and write sheets of all
            photographs before and after, at the largest intensity.
    """

    expressions: tuple
    intensities: tuple = (1.0,)
    refine: str = "detail"
    align: str = "auto"
    levels: bool = False
    paste_back: bool = False
    faces: str = "largest"
    face_expressions: dict = dataclasses.field(default_factory=dict)
    format: str = "png"
    frames: int = 24
    fps: float = 12.0
    contact_sheet: bool = False

    @property
    def steps(self):
        """The intensities of a film's frames: slow at either end."""
        turn = np.arange(self.frames) / self.frames
        return max(self.intensities) * (0.5 - 0.5 * np.cos(2 * np.pi * turn))


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
    return values


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
