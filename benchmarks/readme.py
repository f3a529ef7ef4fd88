"""Writes the measured tables into benchmarks/README.md."""

import json
import os

from benchmarks import machine
from benchmarks.answer import Table
from benchmarks.questions import NAMES, question
from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file

_BEGIN = "<!-- written by benchmarks.run --readme: begin -->"
_END = "<!-- end -->"


def write_tables(path, results):
    """Replaces what stands between the markers of a file.

    Args:
        path: a Markdown file with the two markers.
        results: folder with the JSON files of the questions.

    Raises:
        UserError: when the file has no markers, or there is no result.
    """
    text = path.read_text("utf-8")
    if _BEGIN not in text or _END not in text:
        raise UserError(f"{path} has no markers {_BEGIN} and {_END}")
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    answers = [
        json.loads(file.read_text("utf-8")) for name in NAMES
        if (file := results / f"{name}.json").exists()
    ]
    if not answers:
        raise UserError(f"--output={results} holds no results")
    parts = [
        _BEGIN, "",
        *_machines(answers),
        *(_section(answer, path, results) for answer in answers),
        _END,
    ]
    with whole_file(path) as partial:
        partial.write_text(before + "\n".join(parts) + after, "utf-8")


def _machines(answers):
    """One line for each machine and commit; usually there is one."""
    by_machine = {}
    for answer in answers:
        text = machine.as_text(answer["machine"])
        by_machine.setdefault(text, []).append(answer)
    for text, measured in by_machine.items():
        names = ", ".join(answer["question"] for answer in measured)
        seconds = sum(answer["seconds"] for answer in measured)
        took = (
            f"{seconds:.0f} seconds" if seconds < 90
            else f"{seconds / 60:.0f} minutes"
        )
        quick = any(answer["settings"]["quick"] for answer in measured)
        yield (
            f"Measured in {took} on: {text} ({names})."
            + (" **A quick run: no figures to keep.**" if quick else "")
            + "\n"
        )


def _section(answer, path, results):
    parts = [
        f"### {answer['title']}", question(answer["question"]).__doc__.strip()
    ]
    for table in answer["tables"]:
        parts += [f"{table['caption']}:", Table(**table).markdown()]
    parts += answer["notes"]
    for name in answer["plots"]:
        plot = os.path.relpath(results / name, path.parent)
        parts.append(f"![{answer['title']}]({plot})")
    return "\n\n".join(parts) + "\n"
