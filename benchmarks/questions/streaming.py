"""Whether a data set far larger than the paper's streams with flat memory.

100,000 records (the carried training split, repeated in 232 shards that are
hard links, so the disk itself is not measured) go through the input pipeline
once, in turn with as many from the carried set itself. Each process says what
memory it holds after every turn. What the larger set may hold more is the
shuffle buffer of 8,192 encoded images.
"""

import pathlib
import statistics
import tempfile

from benchmarks import plots, settings
from benchmarks.answer import Answer, Table, timing_numbers
from benchmarks.measure import Resident, Timing
from benchmarks.repeated import repeat
from exprgan_tf.support.progress import progress_bar

TITLE = "100,000 records"


def answer(options):
    shards, turns = (12, 6) if options.quick else (232, 25)
    config = settings.tiny(batch_sizes=(32,) * 3)
    with tempfile.TemporaryDirectory() as folder:
        large = pathlib.Path(folder) / "large"
        records = repeat(options.data_dir, large, shards)
        batch = config.batch_sizes[0]
        steps = max(records // batch // turns, 1)
        with (
            Resident(stream, config, large, steps) as many,
            Resident(stream, config, options.data_dir, steps) as few,
        ):
            residents = {f"{records:,} records": many, "carried set": few}
            timings, held = _take_turns(residents, turns)
    names = list(residents)
    # The first turn fills the buffer.
    rows = [
        {
            "": name,
            "CPU time, ratio": timings[name].ratio(timings[names[1]]),
            "wall time, ratio":
                timings[name].ratio(timings[names[1]], "wall"),
            "records/s": steps * batch / timings[name].wall_s,
            "memory after the first turn, MB": held[name][0],
            "middle, MB": statistics.median(held[name][1:]),
            "end, MB": held[name][-1],
            "end over first": held[name][-1] / held[name][0],
        } for name in names
    ]
    seen = [(turn + 1) * steps * batch for turn in range(turns)]
    return Answer(
        [Table(
            f"Reading {turns * steps * batch:,} records, a turn is "
            f"{steps * batch:,}", rows,
        )],
        {"streaming.png": plots.lines(
            "Reading from disk", "records read",
            {
                "memory held, MB": {
                    name: (seen, held[name]) for name in names
                },
                "records a CPU second": {
                    name: (seen, [
                        steps * batch / seconds
                        for seconds in timings[name].cpu
                    ]) for name in names
                },
            },
        )},
        {"timings": timing_numbers(timings), "memory_mb": held},
    )


def stream(config, data_dir, steps):
    """"next", which reads so many batches more."""
    from benchmarks.rivals import open_batches

    batches = open_batches(config, 1, data_dir)

    def further():
        for _ in range(steps):
            next(batches)

    return {"next": further}


def _take_turns(residents, turns):
    timings = {name: Timing(0.0, [], []) for name in residents}
    held = {name: [] for name in residents}
    with progress_bar(turns * len(residents), "streaming", "turn") as progress:
        for _ in range(turns):
            for name, resident in residents.items():
                _, cpu, wall = resident.turn("next", 0.0)
                timings[name].cpu.append(cpu)
                timings[name].wall.append(wall)
                held[name].append(resident.memory()[0])
                progress.update()
    return timings, held
