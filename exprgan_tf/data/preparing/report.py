"""The report of a data set: counts, what was skipped, and how faces look."""

import base64
import collections
import html
import io
import json

from PIL import Image

from exprgan_tf.pictures.files import encode_picture
from exprgan_tf.pictures.levels import to_floats
from exprgan_tf.pictures.sheets import sheet
from exprgan_tf.support.html_report import page, table
from exprgan_tf.support.places import printable

REPORT_JSON, REPORT_HTML = "report.json", "report.html"
SHEET = "contact_sheet.png"
_PER_CLASS = 12


def sample(photos, shards):
    """Indices of photographs for the contact sheet.

    Args:
        photos: `Photo`s.
        shards: `Shard`s, in order.

    Returns:
        For each expression up to 12 indices, spread over its photographs.
    """
    by_class = collections.defaultdict(list)
    for shard in shards:
        for index in shard.indices:
            by_class[photos[index].expression].append(index)
    chosen = []
    for expression in sorted(by_class):
        indices = sorted(set(by_class[expression]))
        step = max(len(indices) / _PER_CLASS, 1)
        chosen += [
            indices[int(number * step)]
            for number in range(min(len(indices), _PER_CLASS))
        ]
    return chosen


def summarize(description, faces, skipped, left_out, source, notes):
    """The report as a dict.

    Args:
        description: what `dataset.json` says.
        faces: pairs `(photo, encoded image)` for the contact sheet.
        skipped: `(name, reason)` of photographs that could not be used.
        left_out: `(name, reason)` of those that were not wanted.
        source: the `Source`.
        notes: what else is to be known, texts.
    """
    return {
        "source": source.name,
        "people_known": source.names_subjects,
        "splits": {
            name: {
                "records": split["records"],
                "subjects": len(split["subjects"]),
                "expressions": split["expressions"],
            }
            for name, split in description["splits"].items()
        },
        "skipped": [
            {"file": printable(name), "reason": printable(reason)}
            for name, reason in skipped
        ],
        "left_out": [
            {"file": printable(name), "reason": printable(reason)}
            for name, reason in left_out
        ],
        "notes": [*map(printable, notes)],
        "faces": faces,
    }


def write(folder, summary):
    """Writes `report.json`, `report.html` and `contact_sheet.png`."""
    picture = encode_picture(contact_sheet(summary.pop("faces")))
    (folder / SHEET).write_bytes(picture)
    (folder / REPORT_JSON).write_text(
        json.dumps(summary, indent=1) + "\n", "utf-8"
    )
    (folder / REPORT_HTML).write_text(_page(summary, picture), "utf-8")


def contact_sheet(faces):
    """One row an expression.

    Args:
        faces: pairs `(photo, encoded image)`.

    Returns:
        uint8 `[height, width, 3]`.
    """
    rows = collections.defaultdict(list)
    for photo, encoded in faces:
        image = Image.open(io.BytesIO(encoded)).convert("RGB")
        rows[photo.expression].append(to_floats(image))
    columns = max(map(len, rows.values()))
    padded = [
        row + [None] * (columns - len(row)) for row in rows.values()
    ]
    return sheet(padded, [""] * columns, list(rows), cell=96)


def _page(summary, picture):
    expressions = sorted({
        name for split in summary["splits"].values()
        for name in split["expressions"]
    })
    rows = [
        [name, split["records"], split["subjects"],
         *(split["expressions"].get(item, 0) for item in expressions)]
        for name, split in summary["splits"].items()
    ]
    reasons = collections.Counter(
        item["reason"] for item in summary["left_out"]
    )
    warning = "" if summary["people_known"] else (
        "<p><strong>The source does not say who is in a picture.</strong> "
        "Splits are by file; one person may be in two of them, and each "
        "picture counts as a subject.</p>"
    )
    notes = "".join(
        f"<p>Note: {html.escape(note)}</p>" for note in summary["notes"]
    )
    encoded = base64.b64encode(picture).decode()
    return page("Data set report", f"""\
<h1>Data set from source {html.escape(summary["source"])}</h1>
{warning}
{notes}
<h2>Pictures in each split</h2>
{table(["split", "pictures", "subjects", *expressions], rows)}
<h2>Faces</h2>
<p>Eyes must be level and at the same place in every face.</p>
<img alt="Up to {_PER_CLASS} faces of each expression"
 src="data:image/png;base64,{encoded}">
<h2>Skipped: {len(summary["skipped"])}</h2>
{table(["file", "reason"], [
    [item["file"], item["reason"]] for item in summary["skipped"]
])}
<h2>Left out by the settings: {len(summary["left_out"])}</h2>
{table(["reason", "pictures"], reasons.items())}""")


def as_text(summary, output, most=10):
    """What a command prints at its end.

    Args:
        summary: the report.
        output: folder of the data set.
        most: how many skipped files to name.
    """
    lines = [
        f"{name}: {split['records']} images of {split['subjects']} subjects, "
        f"{split['expressions']}"
        for name, split in summary["splits"].items()
    ]
    if not summary["people_known"]:
        lines.append(
            "note: the source does not say who is in a picture; splits are "
            "by file, and one person may be in two of them"
        )
    lines += [f"note: {note}" for note in summary["notes"]]
    skipped = summary["skipped"]
    lines += [
        f"skipped {item['file']}: {item['reason']}" for item in skipped[:most]
    ]
    if len(skipped) > most:
        lines.append(f"skipped {len(skipped) - most} more")
    if summary["left_out"]:
        lines.append(
            f"left out {len(summary['left_out'])} that --classes or "
            "--max_per_class do not want"
        )
    lines.append(f"report: {output / REPORT_HTML}")
    return "\n".join(lines)
