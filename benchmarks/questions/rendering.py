"""How fast faces are rendered, with one process and with two.

`render_dataset` at 128x128 with the ICT face model, the start of its
processes (which compile the rasterizer) included. Perfect sharing of the work
would halve the wall time at equal CPU time.
"""

import pathlib
import shutil
import tempfile

from benchmarks import plots
from benchmarks.answer import Answer, Table, timing_numbers
from benchmarks.measure import Resident, interleave
from benchmarks.questions import NotHere

TITLE = "Rendering"


def answer(options):
    if not options.ict_model:
        raise NotHere("--ict_model=FaceXModel is not given")
    subjects, per_expression = (2, 1) if options.quick else (6, 2)
    images = subjects * (1 + 6 * per_expression)
    with (
        tempfile.TemporaryDirectory() as folder,
        Resident(
            renderer, options.ict_model, folder, subjects, per_expression
        ) as resident,
    ):
        timings = interleave(
            {f"{count} process{'es' * (count > 1)}": (resident, str(count))
             for count in (1, 2)},
            options.rounds, title="rendering",
        )
    one = timings["1 process"]
    rows = [
        {
            "": label,
            "CPU time, ratio": timing.ratio(one),
            "wall time, ratio": timing.ratio(one, "wall"),
            "images/s": images / timing.wall_s,
            "images a CPU s": images / timing.cpu_s,
        } for label, timing in timings.items()
    ]
    return Answer(
        [Table(f"Rendering {images} images of 128x128", rows)],
        {"rendering.png": plots.bars(
            "Rendered faces, 128x128", "images a second",
            {row[""]: row["images/s"] for row in rows},
        )},
        {"timings": timing_numbers(timings), "images": images},
    )


def renderer(model_folder, folder, subjects, per_expression):
    """"1" and "2": the same data set with so many processes."""
    from exprgan_tf.rendering.dataset import render_dataset
    from exprgan_tf.rendering.settings import Settings

    output = pathlib.Path(folder) / "faces"

    def render(workers):
        render_dataset(
            pathlib.Path(model_folder), output,
            Settings(subjects, per_expression), workers,
        )
        shutil.rmtree(output)

    return {"1": lambda: render(1), "2": lambda: render(2)}
