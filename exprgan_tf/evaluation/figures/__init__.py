"""The paper's figures, drawn anew for this data."""

from exprgan_tf.evaluation.figures.confusion import confusion_figure
from exprgan_tf.evaluation.figures.curves import curves
from exprgan_tf.evaluation.figures.edits import edits
from exprgan_tf.evaluation.figures.identity_map import identity_map
from exprgan_tf.evaluation.figures.ladders import ladders, levels
from exprgan_tf.evaluation.figures.new_people import new_people
from exprgan_tf.evaluation.figures.retrieval import retrieval
from exprgan_tf.evaluation.figures.transfer import transfer


def all_figures(columns):
    """Every figure that the columns allow, in the order of the paper.

    Args:
        columns: `Column`s.

    Returns:
        A list of `Figure`.
    """
    found = [edits(columns)]
    models = [column for column in columns
              if column.context.editor.model is not None]
    for column in models:
        context = column.context
        if context.edits is not None:
            found += [ladders(context), levels(context)]
            if context.expression_codes is not None:
                found.append(transfer(context))
        found.append(new_people(context))
        if "identity_codes_silhouette" in column.values:
            found.append(identity_map(column))
        if "retrieval_precision_c" in column.values:
            found.append(retrieval(column))
        if context.edits is not None:
            found.append(confusion_figure(context))
    found.append(curves(columns))
    return [figure for figure in found if figure is not None]


__all__ = ["all_figures"]
