"""Fig. 3: intensities, and levels by one element of the code."""

import numpy as np
from keras import ops

from exprgan_tf import codes
from exprgan_tf.config import NEUTRAL
from exprgan_tf.evaluation.context import INTENSITIES
from exprgan_tf.evaluation.figures.base import CELL, Figure, stacked
from exprgan_tf.pictures.sheets import sheet

_MOST_PEOPLE = 2


def ladders(context):
    """Every expression of a person at rising intensities, two people.

    Args:
        context: a `Context` that edits.
    """
    shown = context.benchmark.shown[:_MOST_PEOPLE]
    people = [
        sheet(
            [[context.held_out.source["image"][row], *images]
             for images in context.pictures[index]],
            ["input", *map(str, INTENSITIES)], list(context.classes), CELL,
        )
        for index, row in enumerate(shown)
    ]
    return Figure.of_picture(
        f"Intensities by {context.name} (Fig. 3)",
        "The whole block of the wanted expression rises from the code's "
        "neutral -1 to +1.",
        f"A table of faces: {len(people)} people, a row of growing strength "
        "for each expression",
        stacked(people),
    )


def levels(context):
    """One element of the block at +1, all others at -1, one person."""
    model = context.editor.model
    size, count = model.config.code_size, len(context.classes)
    row = context.benchmark.shown[0]
    source = context.held_out.source["image"][[row]]
    wanted = [ops.convert_to_numpy(codes.level_codes(label, count, size))
              for label in range(count)]
    wanted = np.concatenate([
        model.edit_codes(NEUTRAL, 0.0, 1), *wanted
    ])
    identity = np.repeat(model.encode(source), len(wanted), axis=0)
    neutral, *made = model.decode(identity, wanted)
    rows = [
        [source[0], neutral, *made[label * size : (label + 1) * size]]
        for label in range(count)
    ]
    note = ""
    if model.config.code_intensity == "label":
        note = (
            " This model was trained on blocks whose elements are nearly "
            "equal (code_intensity=label) and never saw such codes."
        )
    return Figure.of_picture(
        f"Levels by one element of the code, by {context.name} (Fig. 3)",
        f"Element 1 to {size} of the wanted block at +1, every other element "
        "at -1; faces are not refined. In the paper these are levels of the "
        f"expression.{note}",
        f"A table of faces: {count} expressions, {size} elements each",
        sheet(rows, ["input", "neutral", *map(str, range(1, size + 1))],
              list(context.classes), CELL),
    )
