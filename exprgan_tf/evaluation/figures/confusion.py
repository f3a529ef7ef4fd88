"""Which expression the judge sees instead."""

import numpy as np

from exprgan_tf.evaluation.figures.base import Figure, new_plot
from exprgan_tf.evaluation.metrics.expression import confusion


def confusion_figure(context):
    """The confusion matrix of edits at intensity 0.6 to 1.

    Args:
        context: a `Context` that edits.
    """
    counts = confusion(context)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names, count = context.classes, len(context.classes)
    plot = new_plot(max(0.75 * count + 1.2, 4), max(0.65 * count + 1, 3.4))
    axes = plot.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(count):
        for column in range(count):
            axes.text(
                column, row, f"{100 * shares[row, column]:.0f}",
                ha="center", va="center", fontsize=9,
                color="white" if shares[row, column] > 0.5 else "black",
            )
    axes.set_xticks(range(count), names, rotation=35, ha="right")
    axes.set_yticks(range(count), names)
    axes.set_xlabel("seen by the judge")
    axes.set_ylabel("asked")
    worst = names[int(np.argmin(np.diag(shares)))]
    return Figure.of_plot(
        f"Expressions taken for others: {context.name}",
        "Percent of the edits to each expression (rows) at intensity 0.6 to 1 "
        "in which the judge sees each expression (columns).",
        f"A confusion matrix of {count} expressions; the least often "
        f"recognized is {worst}", plot,
    )
