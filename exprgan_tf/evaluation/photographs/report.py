"""`metrics.json` and `report.html` of edited photographs."""

import collections
import html

from exprgan_tf.evaluation.metrics.base import RESAMPLES
from exprgan_tf.evaluation.page import figure_html, number
from exprgan_tf.evaluation.photographs.measuring import INTENSITIES
from exprgan_tf.evaluation.photographs.scores import PhotographScores
from exprgan_tf.evaluation.photographs.showing import figures, pairs_html
from exprgan_tf.evaluation.report import REPORT, write_both
from exprgan_tf.support.html_report import page, table
from exprgan_tf.support.places import printable

_LABELS = PhotographScores.labels
_ARROWS = {"higher": " ↑", "lower": " ↓", "": ""}


def write_photographs_report(columns, jury, expressions, lent, output):
    """Writes both files; each appears only when whole.

    Args:
        columns: `Column`s.
        jury: the `Jury`.
        expressions: the names that were asked for.
        lent: the `Lent` expressions that were borrowed, or None.
        output: a folder.

    Raises:
        UserError: when they cannot be written.
    """
    write_both(output, {
        "expressions": list(expressions),
        "intensities": list(INTENSITIES),
        "judge_expressions": list(jury.expression.names),
        "judges": jury.worth,
        "columns": {column.name: _to_json(column) for column in columns},
    }, page("Edited photographs", _body(columns, jury, expressions, lent)))


def as_text(columns, jury, output):
    """The main table for a terminal."""
    head, rows = _main_table(columns)
    width = max(map(len, head[1:])) + 2
    left = max(len(first) for first, *_ in rows)
    lines = [" " * left + "".join(f"{name:>{width}}" for name in head[1:])]
    lines += [
        f"{first:{left}}" + "".join(
            f"{cell.split(' (')[0]:>{width}}" for cell in cells
        ) for first, *cells in rows
    ]
    if jury.worth:
        lines.append(
            "our judge of expressions, on true photographs of people it did "
            f"not learn from: {number(jury.worth['accuracy'])} right (mean "
            f"of {len(jury.worth['by_class'])} expressions)"
        )
    return "\n".join([*lines, f"report: {output / REPORT}"])


def _to_json(column):
    lost, edits = column.scored.edits() if column.scored else (0, 0)
    return {
        "photographs": len(column.edited),
        "edits": edits,
        "lost": lost,
        "metrics": _rounded(column.values),
        "intervals": {
            name: [round(float(value), 4) for value in pair]
            for name, pair in column.intervals.items()
        },
        "metrics_of_common": _rounded(column.common),
        "by_lightness": [{
            "lightness": [round(value, 1) for value in group.lightness],
            "photographs": group.photographs,
            "metrics": _rounded(group.values),
        } for group in column.groups],
        "confusion": None if column.scored is None else
        column.scored.confusion().tolist(),
        "failed": {
            printable(name): reason for name, reason in column.failed.items()
        },
    }


def _rounded(values):
    return {name: round(value, 4) for name, value in values.items()}


def _body(columns, jury, expressions, lent):
    editing = [
        column for column in columns if column.edits and column.scored
    ]
    parts = [
        "<h1>Edited photographs</h1>",
        *(f"<p>{html.escape(text)}</p>" for text in (
            "Whole photographs were edited to each expression at intensity "
            f"{', '.join(map(str, INTENSITIES))}; the largest face of each "
            "was found anew in the edit, cut out and judged. There is no "
            "truth to compare with: a number is worth what its judge is, see "
            "below, and compares methods on the same photographs. In "
            f"brackets the 95 % interval by photograph ({RESAMPLES} draws).",
            "The face is an ellipse around eyes and mouth, outside of it is "
            "what lies beyond 1.4 times that ellipse. The changed region has "
            "pixels that change by 3 of 255 and more; sharpness is the "
            "variance of the Laplacian. Edits whose face is no longer found "
            "are left out of all that is judged.",
        )),
        "<h2>Main table</h2>", table(*_main_table(columns)),
    ]
    common = _common_table(columns)
    if common:
        parts += ["<h2>Photographs that every method edits</h2>",
                  table(*common)]
    parts += [
        "<h2>Right by expression, by our judge</h2>",
        table(*_by_class(columns, expressions)),
        *_by_lightness(columns),
        "<h2>What our judges are worth</h2>",
        *(f"<p>{html.escape(note)}</p>" for note in jury.notes),
        *_worth(jury.worth),
        "<h2>Photographs that were not edited</h2>",
        table(
            ["reason", *(column.name for column in columns)],
            _failures(columns),
        ),
        "<h2>Figures</h2>", *map(figure_html, figures(
            editing, expressions, lent
        )),
        "<h2>Edits at intensity 1</h2>",
        "<p>Each photograph and its edit, pixel by pixel. The number is the "
        "harmonic mean of the probability of the asked expression and the "
        "cosine of the person, by our judges.</p>",
        *map(pairs_html, editing),
    ]
    return "\n".join(parts)


def _main_table(columns):
    """Head and rows of texts."""
    rows = [["photographs edited", *(
        f"{len(column.edited)} of {len(column.edited) + len(column.failed)}"
        for column in columns
    )]]
    rows += _rows(columns, lambda column: column.values, _LABELS)
    rows.append(["edits whose face is no longer found", *(
        "{} of {}".format(*column.scored.edits()) if column.scored else "-"
        for column in columns
    )])
    return ["", *(column.name for column in columns)], rows


def _common_table(columns):
    """The same of photographs that every method edits; None: these are all.
    """
    counts = {len(column.edited) for column in columns if column.edits}
    if len(counts) == 1 or not all(column.common for column in columns):
        return None
    return ["", *(column.name for column in columns)], _rows(
        columns, lambda column: column.common, _LABELS
    )


def _rows(columns, values_of, labels):
    rows = []
    for name, (text, better) in labels.items():
        cells = []
        for column in columns:
            values = values_of(column)
            if name not in values:
                cells.append("-")
                continue
            cell = number(values[name])
            if values is column.values and name in column.intervals:
                low, high = map(number, column.intervals[name])
                cell += f" ({low} to {high})"
            cells.append(cell)
        rows.append([text + _ARROWS[better], *cells])
    return rows


def _by_class(columns, expressions):
    return ["", *(column.name for column in columns)], _rows(
        columns, lambda column: column.values,
        {f"accuracy_{name}": (name, "higher") for name in expressions},
    )


def _by_lightness(columns):
    """Heading and table of each method's groups; nothing without any."""
    told = [column for column in columns if column.groups]
    if not told:
        return
    yield (
        "<h2>By the lightness of the face</h2><p>A third of the photographs "
        "in each row, by the median L* (0 to 100) of the face. It is that of "
        "the skin and of the light on it.</p>"
    )
    names = ("accuracy", "identity", "sharpness_changed", "lost")
    texts = [_LABELS[name][0] for name in names[:-1]]
    yield table(
        ["", "L*", "photographs", *texts,
         "share of edits whose face is no longer found"],
        [
            [
                f"{column.name}, {group.name}",
                " to ".join(map(number, group.lightness)),
                str(group.photographs),
                *(number(group.values[name]) if name in group.values else "-"
                  for name in names),
            ]
            for column in told for group in column.groups
        ],
    )


def _worth(worth):
    if not worth:
        return
    yield (
        "<p>On true photographs of people they did not learn from, our "
        f"judge of expressions tells {number(worth['accuracy'])} right, the "
        "mean of these:</p>"
    )
    yield table(["expression", "right", "photographs"], [
        [name, number(right), worth["images"][name]]
        for name, right in worth["by_class"].items()
    ])
    if "auc" in worth:
        yield (
            f"<p>Our judge of people: the cosine of two photographs of one "
            f"person is {number(worth['same'])} in the mean "
            f"({worth['same_pairs']} pairs), of two people "
            f"{number(worth['other'])}; the area under the ROC curve is "
            f"{number(worth['auc'])}.</p>"
        )


def _failures(columns):
    """Rows: a reason, and how many photographs each column left out for it.
    """
    counts = [
        collections.Counter(
            # The reason without the photograph's name.
            reason.removeprefix(printable(name)).lstrip(": ")
            for name, reason in column.failed.items()
        ) for column in columns
    ]
    reasons = sum(counts, collections.Counter())
    return [
        [reason, *(count[reason] for count in counts)]
        for reason, _ in reasons.most_common()
    ]
