"""Which expression the judge sees instead."""

import numpy as np

from exprgan_tf.evaluation.figures.base import Figure, new_plot
from exprgan_tf.evaluation.metrics.expression import confusion


def confusion_figure(context):
    """The confusion matrix of edits at intensity 0.6 to 1.

    Args:
        context: a `Context` that edits.
    """
    return confusion_of(
        confusion(context), context.classes, context.classes,
        f"Expressions taken for others: {context.name}",
        "Percent of the edits to each expression (rows) at intensity 0.6 to 1 "
        "in which the judge sees each expression (columns).",
    )


def confusion_of(counts, asked, seen, title, caption):
    """A table of counts in percent of its rows.

    Args:
        counts: `[rows, columns]`.
        asked, seen: names of rows and columns; the rows are the first
            columns.
        title, caption: of the `Figure`.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows, columns = shares.shape
    plot = new_plot(max(0.75 * columns + 1.2, 4), max(0.65 * rows + 1, 3.4))
    axes = plot.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(rows):
        for column in range(columns):
            axes.text(
                column, row, f"{100 * shares[row, column]:.0f}",
                ha="center", va="center", fontsize=9,
                color="white" if shares[row, column] > 0.5 else "black",
            )
    axes.set_xticks(range(columns), seen, rotation=35, ha="right")
    axes.set_yticks(range(rows), asked)
    axes.set_xlabel("seen by the judge")
    axes.set_ylabel("asked")
    worst = asked[int(np.argmin(np.diag(shares)))]
    return Figure.of_plot(
        title, caption,
        f"A confusion matrix of {rows} expressions; the least often "
        f"recognized is {worst}", plot,
    )
