"""The report as one page of HTML that needs nothing else."""

import base64
import html
import math

from exprgan_tf.evaluation.columns import first_of_each_benchmark
from exprgan_tf.evaluation.metrics import METRICS
from exprgan_tf.evaluation.metrics.base import RESAMPLES

_ARROWS = {"higher": " ↑", "lower": " ↓", "": ""}

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 70rem; padding: 1rem; color: #222; background: #fff; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .6rem;
  text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #555; }
tbody th { font-weight: normal; min-width: 10rem; position: sticky; left: 0;
  background: #fff; }
tbody th[colspan] { font-weight: bold; padding-top: 1rem; }
td span { color: #555; font-size: .8rem; white-space: nowrap;
  display: block; }
figure { margin: 1rem 0; }
figure img { max-width: 100%; height: auto; }
figcaption { font-size: .95rem; }
"""


def page(columns, figures, part, refine, sections=()):
    """The page's text.

    Args:
        columns: `Column`s of the main table.
        figures: `Figure`s.
        part: whose faces were edited, "test" or "validation".
        refine: how the models were fitted to a face.
        sections: further tables, each `(heading, text, head, rows)` with
            lists of texts; here Table 1 of the paper is appended.
    """
    names = [column.name for column in columns
             if column.context.editor.model is not None]
    tables = "".join(
        f"<h2>{_text(heading)}</h2><p>{_text(text)}</p>{_table(head, rows)}"
        for heading, text, head, rows in sections
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of {_text(", ".join(names))}</title>
<style>{_STYLE}</style></head><body>
<h1>Evaluation of {_text(", ".join(names))}</h1>
{_introduction(columns, part, refine)}
<h2>Main table</h2>
<p>↑: higher is better, ↓: lower is better. In small print the 95 % interval
by subject. The columns behind the models edit nothing: they show what a
number is worth. Rows that begin with &ldquo;the judge&rdquo; are about true
images and equal in all columns.</p>
{_main_table(columns)}
{_left_out(columns)}
{tables}
<h2>Figures</h2>
{"".join(map(figure_html, figures))}
</body></html>
"""


def _introduction(columns, part, refine):
    notes = []
    for column in first_of_each_benchmark(columns):
        context = column.context
        held_out = context.held_out
        kind = "the neutral face" if held_out.from_neutral else (
            "one true, expressive image (the data has no neutral faces of "
            "them)"
        )
        side = context.benchmark.side
        person = "person" if held_out.people_known else (
            "picture (the data does not say who is in it)"
        )
        notes.append(
            f"At {side} by {side} pixels {kind} of each of "
            f"{len(held_out.subjects)} {part} subjects, one a {person}, was "
            f"edited and compared with {len(held_out.truth['label'])} other "
            f"true images of them; {len(context.benchmark.gallery[0])} "
            "people are candidates for who it is."
        )
    notes.append(
        "No model and no judge was trained on these subjects. The judges "
        "are two networks, one for expressions and one for people, trained "
        "on true images of the training subjects; neither saw an image of a "
        "model, and neither is the feature network of the loss. They err, "
        "too: see their own figures on true images, a bound for what edits "
        "can show. All distances between features are those of the judge of "
        "expressions and compare with no other data set or project."
    )
    notes.append(
        f"Fitting to each face before an edit: {refine}. An interval comes "
        f"from {RESAMPLES} draws of subjects with replacement; it covers "
        "neither another seed of training nor the judges' errors, and is too "
        "narrow when subjects are few."
    )
    return "".join(f"<p>{_text(note)}</p>" for note in notes)


def _main_table(columns):
    head = "".join(
        f'<th scope="col">{_text(column.name)}</th>' for column in columns
    )
    body, title = [], None
    for metric in METRICS:
        for name, (text, better) in metric.labels.items():
            if not any(name in column.values for column in columns):
                continue
            if metric.title != title:
                title = metric.title
                body.append(
                    f'<tr><th colspan="{len(columns) + 1}">{_text(title)}'
                    "</th></tr>"
                )
            cells = "".join(_cell(column, name) for column in columns)
            body.append(
                f'<tr><th scope="row">{_text(text)}{_ARROWS[better]}</th>'
                f"{cells}</tr>"
            )
    return (
        f'<div class="wide"><table><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(column, name):
    if name not in column.values:
        return "<td>-</td>"
    interval = ""
    if name in column.intervals:
        low, high = map(number, column.intervals[name])
        interval = f"<span>{low} to {high}</span>"
    return f"<td>{number(column.values[name])}{interval}</td>"


def number(value):
    """A number as the table shows it."""
    if math.isinf(value):
        return "∞"
    places = 2 - (abs(value) >= 10) - (abs(value) >= 100)
    return f"{value:.{places}f}"


def _left_out(columns):
    reasons = {}
    titles = {type(metric).__name__: metric for metric in METRICS}
    for column in columns:
        if column.context.editor.model is None:
            continue
        for metric, reason in column.left_out.items():
            texts = [text for text, _ in titles[metric].labels.values()]
            reasons.setdefault((column.name, reason), []).extend(texts)
    if not reasons:
        return ""
    items = "".join(
        f"<li>{_text(name)}: {_text(reason)}. {_text('; '.join(texts))}.</li>"
        for (name, reason), texts in reasons.items()
    )
    return f"<h3>Left out</h3><ul>{items}</ul>"


def _table(head, rows):
    top = "".join(f'<th scope="col">{_text(text)}</th>' for text in head)
    body = "".join(
        f'<tr><th scope="row">{_text(first)}</th>'
        + "".join(f"<td>{_text(cell)}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def figure_html(figure):
    """A `Figure` under its heading, as HTML."""
    encoded = base64.b64encode(figure.png).decode()
    return (
        f"<h3>{_text(figure.title)}</h3>"
        f"<figure><figcaption>{_text(figure.caption)}</figcaption>"
        f'<div class="wide"><img alt="{_text(figure.alt)}" '
        f'src="data:image/png;base64,{encoded}"></div></figure>\n'
    )


def _text(value):
    return html.escape(str(value))
