"""What moving a photograph costs: the fit, one more picture, the decoder's.

The face of scikit-image's astronaut, enlarged until its aligned face has 256
pixels, on one thread. Landmarks of the five points are given, as the page
has them; "one more picture" is the motion of an expression and its
application to the photograph. The decoder's edit is that of the carried
model: decoding, optical flow and pasting, its fit to the face not counted.
In the page the photograph is uploaded, its face found and fitted, and edited
first; then a slider goes from 0 to 100 % of each expression, percent by
percent, and the mean of the answers is told. Answers are JPEG, without HTTP.
"""

from contextlib import ExitStack

from benchmarks import editors, plots
from benchmarks.answer import Answer, Table, timing_numbers
from benchmarks.measure import Resident, interleave

TITLE = "Photographs that move"

_ONE_THREAD = dict.fromkeys((
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
), "1")


def answer(options):
    answers = [
        f"{method}, {what}" for method in ("animate", "motion") for what in (
            "from an upload to its first edit", "slider: the face",
            "slider: the whole photograph",
        )
    ]
    rows = ("fit", "motion", "one more picture", "the decoder's edit")
    with ExitStack() as stack:
        resident = stack.enter_context(
            Resident(editors.mover, environment=_ONE_THREAD)
        )
        page = stack.enter_context(
            Resident(editors.page, environment=_ONE_THREAD)
        )
        timings = interleave({
            **{label: (resident, label) for label in rows},
            **{label: (page, label) for label in answers},
        }, options.rounds, title="animation")
    bound = timings["one more picture"]
    table = [
        {
            "": label,
            "CPU time, ratio": timings[label].ratio(bound),
            "CPU s": timings[label].cpu_s,
            "wall s": timings[label].wall_s,
        } for label in rows
    ]
    return Answer(
        [
            Table("One face of 256 pixels, one thread", table),
            Table("Answers of the page, one thread", [
                {
                    "": label, "CPU ms": 1000 * timings[label].cpu_s,
                    "wall ms": 1000 * timings[label].wall_s,
                } for label in answers
            ]),
        ],
        {"animation.png": plots.bars(
            "A face of 256 pixels", "CPU seconds",
            {row[""]: row["CPU s"] for row in table},
        )},
        {"timings": timing_numbers(timings)},
    )
