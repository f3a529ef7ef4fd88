"""The report of moved photographs: what was taken, refused, and why."""

import base64
import collections
import json

from exprgan_tf.animation.recipes import EXPRESSIONS
from exprgan_tf.config import NEUTRAL
from exprgan_tf.pictures.files import encode_picture, read_image
from exprgan_tf.pictures.levels import to_floats
from exprgan_tf.pictures.sheets import sheet
from exprgan_tf.support.html_report import page, table

REPORT_JSON, REPORT_HTML, README = "report.json", "report.html", "README.md"
_MOST_TAKEN, _MOST_REFUSED = 24, 10
_CELL = 128


def summarize(taken, refused):
    """Counts, JSON values.

    Args:
        taken: rows of the manifest.
        refused: rows `[thumbnail, reason, name]`.
    """
    splits = collections.Counter(row[4] for row in taken)
    photographs = {(row[1], row[8]) for row in taken}
    return {
        "photographs": len(photographs) + len(refused),
        "taken": len(photographs),
        "people": len({row[1] for row in taken}),
        "pictures": dict(sorted(splits.items())),
        "refused": dict(collections.Counter(
            row[1].split(":")[0] for row in refused
        ).most_common()),
        "refused_photographs": [
            {"photograph": name, "reason": reason}
            for _, reason, name in refused
        ],
    }


def write(folder, summary, taken, refused, settings):
    """Writes `report.json`, `report.html` and `README.md`.

    Args:
        folder: the `OutputFolder`.
        summary: as `summarize` gives it.
        taken, refused: as for `summarize`.
        settings: the `Settings`.
    """
    for name, text in (
        (REPORT_JSON, json.dumps(summary, indent=1) + "\n"),
        (REPORT_HTML, _page(folder.path, summary, taken, refused)),
        (README, _notice(settings)),
    ):
        with folder.file(folder.path / name) as partial:
            partial.write_text(text, "utf-8")


def as_text(summary, output):
    """What the command prints at its end."""
    lines = [
        f"{summary['taken']} of {summary['photographs']} photographs taken, "
        f"of {summary['people']} people"
    ]
    lines += [
        f"refused {count}: {reason}"
        for reason, count in summary["refused"].items()
    ]
    lines += [
        f"{split}: {count} pictures"
        for split, count in summary["pictures"].items()
    ]
    return "\n".join([*lines, f"report: {output}/{REPORT_HTML}"])


def _spread(items, most):
    """At most so many of a list, from all of it."""
    step = max(len(items) / most, 1)
    return [items[int(k * step)] for k in range(min(len(items), most))]


def _read(output, path):
    return to_floats(read_image(output / path))


def _taken_sheet(output, taken):
    by_photograph = collections.defaultdict(dict)
    for row in taken:
        by_photograph[row[8]].setdefault(row[2], row)
    columns = (NEUTRAL, *EXPRESSIONS)
    chosen = _spread(list(by_photograph.values()), _MOST_TAKEN)
    return sheet(
        [[_read(output, rows[name][0]) for name in columns]
         for rows in chosen], columns, cell=_CELL,
    )


def _refused_sheet(output, refused):
    by_reason = collections.defaultdict(list)
    for path, reason, _ in refused:
        if path:
            by_reason[reason].append(path)
    if not by_reason:
        return None
    rows = [
        [_read(output, path) for path in _spread(paths, _MOST_REFUSED)]
        for paths in by_reason.values()
    ]
    return sheet(
        [row + [None] * (_MOST_REFUSED - len(row)) for row in rows],
        [""] * _MOST_REFUSED, list(by_reason), cell=80,
    )


def _image(picture, text):
    if picture is None:
        return "<p>None.</p>"
    encoded = base64.b64encode(
        encode_picture(picture, "jpeg", quality=90)
    ).decode()
    return f'<img alt="{text}" src="data:image/jpeg;base64,{encoded}">'


def _page(output, summary, taken, refused):
    return page("Moved photographs", f"""\
<h1>Moved photographs</h1>
<p>{summary["taken"]} of {summary["photographs"]} photographs taken, of
{summary["people"]} people.</p>
<h2>Pictures in each split</h2>
{table(["split", "pictures"], summary["pictures"].items())}
<h2>Taken</h2>
<p>Each photograph and one picture of each expression, at the intensity that
was drawn for it.</p>
{_image(_taken_sheet(output, taken), "Photographs and their expressions")}
<h2>Refused: {len(refused)}</h2>
{table(["reason", "photographs"], summary["refused"].items())}
{_image(_refused_sheet(output, refused), "Refused photographs by reason")}""")


def _notice(settings):
    return f"""# Moved photographs

Photographs of people, moved by the ICT Face Model Light (MIT License,
Copyright (c) 2020 USC Institute for Creative Technologies) along landmarks of
MediaPipe's Face Mesh (Apache License 2.0). The pictures have the licence of
the photographs they were made of; the people in them have not shown these
expressions: say so wherever you show them.

`manifest.csv` has path, subject, expression, intensity and split of every
picture, the shapes' weights, and landmarks in pixels, left and right as seen
in the picture, the centre of the first pixel at 0. The motion of a picture,
`motions/`, is zlib-compressed: little-endian half floats
`[{settings.side}, {settings.side}, 4]`, displacement in pixels (x, y; what is
shown at p was at p + displacement), ratio, and mask of what was rendered.

`exprgan make-tfrecords --source=manifest --input=THIS_FOLDER` makes
records of it.
"""
