"""Fig. 7: the nearest faces by code, by label and by pixels."""

import numpy as np

from exprgan_tf.evaluation.figures.base import CELL, Figure, stacked
from exprgan_tf.evaluation.metrics.codes import NEIGHBOURS, retrieved
from exprgan_tf.pictures.sheets import sheet

_NAMES = {"c": "code c", "y": "label y", "x": "pixels x"}
_QUERIES = 3


def retrieval(column):
    """Queries with what each of the three spaces finds.

    Args:
        column: a `Column` with expression codes.
    """
    context = column.context
    truth, catalog = context.held_out.truth, context.benchmark.catalog
    found = retrieved(context)
    label = truth["label"][catalog]
    places = [str(place + 1) for place in range(NEIGHBOURS)]
    queries = []
    for query in _queries(label):
        rows = [
            [None, *(
                truth["image"][catalog[place]] if place >= 0 else None
                for place in found[key][query]
            )]
            for key in _NAMES
        ]
        rows[0][0] = truth["image"][catalog[query]]
        queries.append(sheet(
            rows,
            [context.classes[label[query]], *places],
            list(_NAMES.values()), CELL,
        ))
    precision = ", ".join(
        f"{name} {column.values[f'retrieval_precision_{key}']:.2f}"
        for key, name in _NAMES.items()
    )
    return Figure.of_picture(
        f"Retrieval by {context.name} (Fig. 7)",
        f"The {NEIGHBOURS} nearest true images of other people to a query, "
        "by Euclidean distance; among equal labels in random order. Precision "
        f"at {NEIGHBOURS} over all {len(catalog)} queries: {precision}.",
        f"A table of faces: {len(queries)} queries, and the faces found by "
        "each of three spaces",
        stacked(queries),
    )


def _queries(label):
    """Places in the catalog, of different expressions."""
    present = np.unique(label)
    chosen = present[np.linspace(
        0, len(present) - 1, min(_QUERIES, len(present))
    ).astype(int)]
    return [np.flatnonzero(label == index)[-1] for index in chosen]
