"""How long an edit takes, and how many a second there are.

A model of the demo's size, 64x64. Latency is that of one face in a running
process: encoding it, decoding one code (what a slider of the editor's page
asks for), whole edits with each `--refine`. The decoder as one compiled
function and the PyTorch twin take turns with them. First calls are those of
a new process, which compiles what it runs.
"""

import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

from benchmarks import editors, plots, settings
from benchmarks.answer import Answer, Table, timing_numbers
from benchmarks.measure import Resident, Timing, cpu_seconds, interleave

TITLE = "Edits"

# Within this a page feels immediate (Nielsen 1993).
_IMMEDIATE_MS = 100
# What is measured by batch: the project's, then the twin's action.
_BY_BATCH = ("compiled decode", "decode", "edit none", "edit identity")


def answer(options):
    config = settings.demo()
    batches = (1, 4) if options.quick else (1, 2, 4, 8, 16, 32, 64)
    with ExitStack() as stack:
        project = stack.enter_context(
            Resident(editors.project_editor, config, batches)
        )
        turns = {
            f"{name} {count}": (project, f"{name} {count}")
            for count in batches for name in _BY_BATCH
            # Refinement takes 100 steps on every face.
            if name != "edit identity" or count in (1, 4, 16)
        }
        turns |= {name: (project, name) for name in (
            "encode 1", "edit full 1"
        )}
        if importlib.util.find_spec("torch"):
            twin = stack.enter_context(
                Resident(editors.torch_editor, config, batches)
            )
            turns |= {f"PyTorch decode {count}": (twin, f"decode {count}")
                      for count in batches}
            turns["PyTorch encode 1"] = twin, "encode 1"
            if shutil.which("c++"):
                turns |= {f"PyTorch compiled {name} 1": (
                    twin, f"compiled {name} 1"
                ) for name in ("decode", "encode")}
            alone = stack.enter_context(Resident(
                editors.torch_editor, config, (1,),
                environment={"OMP_NUM_THREADS": "1"},
            ))
            turns["PyTorch decode 1, 1 thread"] = alone, "decode 1"
        timings = interleave(turns, options.rounds, 0.3, "edit")
    commands = _commands(config, options.rounds)
    warm = timings["decode 1"].wall_s * 1000
    within = "within" if warm < _IMMEDIATE_MS else "NOT within"
    return Answer(
        [
            _latency(timings), _throughput(timings, batches),
            Table("The command `edit` in a new process, one face", commands),
        ],
        {"edit.png": plots.lines(
            "Edits of a 64x64 model", "faces at once",
            {"faces a second": {
                name: _speeds(timings, name, batches)
                for name in (*_BY_BATCH, "PyTorch decode")
                if f"{name} 1" in timings
            }}, logarithmic=True,
        )},
        {"timings": timing_numbers(timings), "commands": commands},
        [f"A decode of one code, {warm:.3g} ms, is {within} the "
         f"{_IMMEDIATE_MS} ms of the editor's page."],
    )


def _latency(timings):
    bound = timings["compiled decode 1"]
    return Table(
        "One face, ratios to the compiled decoder",
        [
            {
                "": name,
                "CPU time, ratio": timings[key].ratio(bound),
                "wall time, ratio": timings[key].ratio(bound, "wall"),
                "wall, ms": timings[key].wall_s * 1000,
                "first call, ms": timings[key].first * 1000,
            } for name, key in (
                ("decoder, compiled", "compiled decode 1"),
                ("`decode`", "decode 1"), ("`encode`", "encode 1"),
                ("`edit`, refine none", "edit none 1"),
                ("`edit`, refine identity", "edit identity 1"),
                ("`edit`, refine full", "edit full 1"),
                ("PyTorch decoder", "PyTorch decode 1"),
                ("PyTorch decoder, 1 thread", "PyTorch decode 1, 1 thread"),
                ("PyTorch decoder, `torch.compile`",
                 "PyTorch compiled decode 1"),
                ("PyTorch encoder", "PyTorch encode 1"),
                ("PyTorch encoder, `torch.compile`",
                 "PyTorch compiled encode 1"),
            ) if key in timings
        ],
    )


def _throughput(timings, batches):
    names = [name for name in (*_BY_BATCH, "PyTorch decode")
             if f"{name} 1" in timings]
    rows = []
    for count in batches:
        row = {"faces at once": count}
        for name in names:
            timing = timings.get(f"{name} {count}")
            row[f"{name}, faces/s"] = timing and count / timing.wall_s
            row[f"{name}, speed-up"] = timing and (
                count * timings[f"{name} 1"].ratio(timing)
            )
        rows.append(row)
    return Table(
        "Faces a second by wall time, and how much less CPU time a face "
        "takes than alone", rows,
    )


def _speeds(timings, name, batches):
    counts = [count for count in batches if f"{name} {count}" in timings]
    return counts, [
        count / timings[f"{name} {count}"].wall_s for count in counts
    ]


def _commands(config, rounds):
    """The whole command, one row a refinement, beside bare imports."""
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.keras"
        with Resident(editors.saved_model, config, model) as saver:
            saver.call("save")
        edit = [
            "-m", "exprgan_tf.edit", f"--model={model}",
            f"--input={model.parent}/face.png", f"--output={folder}/out",
            "--align=never", "--expressions=happy",
        ]
        commands = {
            "`import tensorflow` alone": ["-c", "import tensorflow"],
            "`edit --refine=none`": [*edit, "--refine=none"],
            "`edit --refine=identity`": [*edit, "--refine=identity"],
        }
        taken = {name: Timing(0.0, [], []) for name in commands}
        for _ in range(rounds):
            for name, arguments in commands.items():
                wall, cpu = _run(arguments)
                taken[name].wall.append(wall)
                taken[name].cpu.append(cpu)
    bound = next(iter(taken.values()))
    return [
        {
            "": name,
            "CPU time, ratio": timing.ratio(bound),
            "wall time, ratio": timing.ratio(bound, "wall"),
            "wall, s": timing.wall_s,
        } for name, timing in taken.items()
    ]


def _run(arguments):
    cpu, start = cpu_seconds(), time.perf_counter()
    result = subprocess.run(
        [sys.executable, *arguments], cwd=settings.ROOT,
        capture_output=True, text=True,
    )
    if result.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {result.stderr}")
    return time.perf_counter() - start, cpu_seconds() - cpu
