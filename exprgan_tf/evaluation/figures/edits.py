"""Fig. 2: edits beside the true images."""

from exprgan_tf.evaluation.editors import CopyOfInput
from exprgan_tf.evaluation.figures.base import CELL, Figure, stacked
from exprgan_tf.pictures.sheets import sheet


def edits(columns):
    """Full edits of a few held-out people by every column that edits.

    Args:
        columns: `Column`s; those of the first one's classes are shown.

    Returns:
        A `Figure`, or None when no column edits.
    """
    # A copy of the input is to be seen as the input already.
    editing = [
        column.context for column in columns
        if column.context.edits is not None
        and not isinstance(column.context.editor, CopyOfInput)
    ]
    if not editing:
        return None
    first = editing[0]
    labels = ["true image", *(_short(context.name) for context in editing)]
    people = []
    for shown in first.benchmark.shown:
        subject = first.held_out.subjects[shown]
        rows = [[
            first.held_out.source["image"][shown],
            *(_true_image(first, subject, name) for name in first.classes),
        ]]
        for context in editing:
            rows.append([None, *_edits_of(context, subject, first.classes)])
        people.append(
            sheet(rows, ["input", *first.classes], labels, CELL)
        )
    return Figure.of_picture(
        "Edits beside the true images (Fig. 2)",
        "For each held-out person the input and, as far as the data has them, "
        "the true images of the highest intensity; below, the input edited "
        "to each expression at intensity 1.",
        f"A table of faces: for {len(first.benchmark.shown)} people a row of "
        "true images and a row for each column of the main table",
        stacked(people),
    )


def _true_image(context, subject, name):
    truth = context.held_out.truth
    own = [
        index for index in range(len(truth["label"]))
        if truth["subject"][index] == subject
        and truth["expression"][index] == name
    ]
    if not own:
        return None
    return truth["image"][max(own, key=lambda i: truth["intensity"][i])]


def _edits_of(context, subject, classes):
    """Full edits of a subject; None for what this column does not have."""
    names = list(context.held_out.subjects[context.benchmark.shown])
    if subject not in names:
        return [None] * len(classes)
    row = names.index(subject)
    return [
        context.pictures[row, context.classes.index(name), -1]
        if name in context.classes else None for name in classes
    ]


def _short(name):
    # Names of one report begin or end alike.
    return name if len(name) <= 22 else f"{name[:9]}…{name[-12:]}"
