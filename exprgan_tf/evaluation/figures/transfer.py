"""Fig. 4: the identity of A with the expression of B."""

import numpy as np

from exprgan_tf.evaluation.figures.base import CELL, Figure
from exprgan_tf.pictures.sheets import sheet


def transfer(context):
    """A matrix of people and of the true faces whose expression they get.

    c_B = Q(x_B, y_B), and y_B is what the judge of expressions sees in B.

    Args:
        context: a `Context` that edits and has expression codes.
    """
    model, truth = context.editor.model, context.held_out.truth
    catalog = context.benchmark.catalog
    people = context.benchmark.shown
    others = _one_of_each(context)
    labels = context.benchmark.truth_seen.logits[catalog].argmax(axis=1)
    wanted = context.expression_codes[others]
    sources = context.held_out.source["image"][people]
    made = model.decode(
        np.repeat(model.encode(sources), len(others), axis=0),
        np.tile(wanted, (len(people), 1)),
    ).reshape(len(people), len(others), *sources.shape[1:])
    rows = [
        [None, *truth["image"][catalog[others]]],
        *([source, *row] for source, row in zip(sources, made, strict=True)),
    ]
    seen = [context.classes[labels[other]] for other in others]
    return Figure.of_picture(
        f"Expression transfer by {context.name} (Fig. 4)",
        "First row: true faces B of held-out people, with the expression that "
        "the judge sees in them. First column: held-out people A. Between "
        "them A with the code Q(B, expression); faces are not refined.",
        f"A matrix of {len(people)} people and {len(others)} expressions",
        sheet(rows, ["A \\ B", *seen], cell=CELL),
    )


def _one_of_each(context):
    """For each expression a place in the catalog, of varying people."""
    rows = context.benchmark.catalog
    label = context.held_out.truth["label"][rows]
    intensity = context.held_out.truth["intensity"][rows]
    chosen = []
    for index in range(len(context.classes)):
        own = np.flatnonzero(label == index)
        if len(own):
            strongest = own[intensity[own] == intensity[own].max()]
            chosen.append(strongest[index % len(strongest)])
    return np.array(chosen)
