"""Fig. 5: people that do not exist."""

from exprgan_tf.evaluation.figures.base import CELL, Figure
from exprgan_tf.pictures.sheets import sheet

_MOST_PEOPLE = 6


def new_people(context):
    """New identities, each with every expression.

    Args:
        context: a `Context` that makes new people.
    """
    drawn = "from U(-1, 1)" if context.made_from_prior is None else (
        "drawn as those of the training people lie"
    )
    pictures = context.made_pictures[:_MOST_PEOPLE]
    return Figure.of_picture(
        f"New people by {context.name} (Fig. 5)",
        f"Each row is an identity code {drawn}; the codes of the "
        "expressions are of random strength, as in training.",
        f"A table of generated faces: {len(pictures)} new people with "
        f"{len(context.classes)} expressions",
        sheet([list(row) for row in pictures], list(context.classes),
              cell=CELL),
    )
