"""How the cost of use grows: photographs, their size, visitors of the page.

Photographs: `exprgan edit` of folders of growing size, six edits each, pasted
back, in processes of their own, with their start. Size: one photograph in
memory, from its pixels to six edits of it at 1 (its face is found and fitted,
six motions are made and applied), one side after another. Visitors: `exprgan
app` in a process of its own; each visitor uploads the photograph and moves a
slider through the expressions, and asks again as soon as an answer is there.
All are of scikit-image's astronaut. What is in proportion to the work has
"of one" constant. Size grows slower than that: a motion is made on a grid of
at most 768 pixels, and only its application sees every pixel.
"""

import pathlib
import statistics
import tempfile
from contextlib import ExitStack

import numpy as np

from benchmarks import editors, plots
from benchmarks.answer import Answer, Table, timing_numbers
from benchmarks.measure import Resident, interleave
from benchmarks.questions.commands import run_command, write_photographs
from benchmarks.visitors import Page, visit
from exprgan_tf.animation.recipes import EXPRESSIONS
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import encode_picture, read_image

TITLE = "Growth of use"

_PHOTOGRAPHS = (1, 20, 50, 100)
_SIDES = (256, 512, 1024, 2048, 4096)
_VISITORS = (1, 2, 4, 8, 16)
# Of each visitor's slider.
_ANSWERS = 120


def answer(options):
    def values(all_of_them):
        return all_of_them[:2] if options.quick else all_of_them

    photographs, taken = _photographs(values(_PHOTOGRAPHS), options.rounds)
    sizes, timings = _sizes(values(_SIDES), options.rounds)
    visitors = _visitors(
        values(_VISITORS), 20 if options.quick else _ANSWERS
    )
    cpu = "CPU s"
    return Answer(
        [
            Table("`exprgan edit` by number of photographs", photographs),
            Table("Six edits of one photograph by its size", sizes),
            Table("The page's slider by number of visitors", visitors),
        ],
        {
            "usage_photographs.png": _line(
                "exprgan edit of a folder", photographs, "photographs", cpu
            ),
            "usage_size.png": _line(
                "Six edits of one photograph", sizes, "megapixels", cpu
            ),
            "usage_visitors.png": _line(
                "The page's slider", visitors, "visitors", "answers a second",
                "wall ms of an answer, median",
            ),
        },
        {"wall and CPU seconds": taken, "timings": timing_numbers(timings)},
    )


def _photographs(counts, rounds):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for count in counts:
            write_photographs(folder / str(count), count)
        taken = {count: [] for count in counts}
        for turn in range(rounds):
            for count in counts:
                taken[count].append(run_command([
                    "edit",
                    f"--input={folder / str(count)}", "--intensities=1",
                    f"--expressions={','.join(EXPRESSIONS)}",
                    "--paste_back", f"--output={folder / f'{count} {turn}'}",
                ]))
    rows = []
    for count, turns in taken.items():
        wall, cpu = map(statistics.median, zip(*turns, strict=True))
        rows.append({
            "photographs": count, "wall s": wall, "CPU s": cpu,
            # The start is that of the smallest folder, which has one.
            "CPU s of one": None if count == counts[0] else
            (cpu - rows[0]["CPU s"]) / (count - counts[0]),
        })
    return rows, taken


def _sizes(sides, rounds):
    with ExitStack() as stack:
        resident = stack.enter_context(Resident(editors.whole_edits, sides))
        timings = interleave(
            {side: (resident, side) for side in sides}, rounds, title="size"
        )
    return [
        {
            "megapixels": side**2 / 1e6, "side": side,
            "CPU s": timing.cpu_s, "wall s": timing.wall_s,
            "CPU s of one megapixel": timing.cpu_s / (side**2 / 1e6),
        } for side, timing in timings.items()
    ], timings


def _visitors(counts, answers):
    photograph = encode_picture(read_image(example_photograph()), "jpeg")
    rows = []
    with Page() as page:
        visit(page, photograph, 1, answers)
        for count in counts:
            seconds, cpu, wall = visit(page, photograph, count, answers)
            rows.append({
                "visitors": count,
                "answers a second": len(seconds) / wall,
                "CPU ms of one answer": 1000 * cpu / len(seconds),
                "wall ms of an answer, median":
                    1000 * statistics.median(seconds),
                "... of the slowest 5 %":
                    1000 * float(np.percentile(seconds, 95)),
                "memory, MB": page.memory(),
            })
    return rows


def _line(title, rows, across, *columns):
    places = [row[across] for row in rows]
    return plots.lines(title, across, {
        column: {column: (places, [row[column] for row in rows])}
        for column in columns
    })
