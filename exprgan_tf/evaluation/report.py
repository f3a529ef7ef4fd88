"""Writing `report.html` and `metrics.json`, and what is printed."""

import json

from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.figures import all_figures
from exprgan_tf.evaluation.metrics import METRICS
from exprgan_tf.evaluation.page import number, page
from exprgan_tf.support.atomic import whole_file
from exprgan_tf.support.record import Record

REPORT, METRICS_FILE = "report.html", "metrics.json"


def write_report(columns, output, part, refine, sections=()):
    """Writes both files of an evaluation; each appears only when whole.

    Args:
        columns: `Column`s.
        output: a folder.
        part: "test" or "validation".
        refine: how the models were fitted to a face.
        sections: further tables, see `page.page`.

    Raises:
        UserError: when they cannot be written.
    """
    values = {
        "part": part, "refine": refine,
        "columns": {column.name: column.to_json() for column in columns},
    }
    text = page(columns, all_figures(columns), part, refine, sections)
    write_both(output, values, text)


def write_both(output, values, text):
    """Writes `metrics.json` and `report.html`; each appears only when whole.

    Args:
        output: a folder.
        values: of the former, JSON values.
        text: of the latter.

    Raises:
        UserError: when they cannot be written.
    """
    write_texts(output, {
        METRICS_FILE: json.dumps(values, indent=1) + "\n", REPORT: text,
    })


def write_texts(output, contents):
    """Writes files of an evaluation; each appears only when whole.

    Args:
        output: a folder, made when missing.
        contents: texts by the files' names.

    Raises:
        UserError: when they cannot be written, or one of others is there.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            with whole_file(output / name, Record(output)) as partial:
                partial.write_text(content, "utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error}") from None


def require_writable(output):
    """Refuses, before long work, a folder with others' files of these names.

    Raises:
        UserError: naming one.
    """
    for name in (METRICS_FILE, REPORT):
        Record(output).require_own(output / name)


def as_text(columns, output):
    """The main table for a terminal."""
    width = max(len(column.name) for column in columns) + 2
    lines = [" " * 56 + "".join(
        f"{column.name:>{width}}" for column in columns
    )]
    title = None
    for metric in METRICS:
        for name, (text, _) in metric.labels.items():
            if any(name in column.values for column in columns):
                if metric.title != title:
                    title = metric.title
                    lines.append(title)
                lines.append(f"  {text:54}" + "".join(
                    f"{_value(column, name):>{width}}" for column in columns
                ))
    lines.append(f"report: {output / REPORT}")
    return "\n".join(lines)


def _value(column, name):
    return number(column.values[name]) if name in column.values else "-"
