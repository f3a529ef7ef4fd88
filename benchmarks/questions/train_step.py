"""What a training step costs, and how far it is from the hardware's best.

One step of each stage beside the same step in plain PyTorch and bare
convolutions (3x3, 256 to 256 channels on 56x56) that take turns with it. The
share of the peak is the step's operations by CPU second over those of the
fastest of the convolutions. Ratios are to the first row of a block: 2 means
twice the time. GFLOP are per image: those that are done, and those of the
networks as written in the paper (labels concatenated, maps upsampled first),
which PyTorch does.
"""

import dataclasses
import importlib.util
import shutil
from contextlib import ExitStack

from benchmarks import plots, rivals, settings
from benchmarks.answer import Answer, Table, timing_numbers
from benchmarks.measure import Resident, available_memory, interleave

TITLE = "A training step"

STAGES = {1: "1 controller", 2: "2 reconstruction", 3: "3 refining"}


@dataclasses.dataclass(frozen=True)
class Rival:
    """A row: what runs, and with which settings.

    Args:
        factory: of `rivals`.
        config: a `Config`.
        phi: a dict for `FaceFeatures`, or None.
        backend: of Keras.
    """

    factory: object
    config: object
    phi: dict | None
    backend: str = "tensorflow"


def answer(options):
    blocks = _blocks(options)
    tables, plotted, numbers = [], {}, {}
    with Resident(rivals.tensorflow_kernels) as kernels:
        for title, (number, batch, rows) in blocks.items():
            table, numbers[title] = _measure(
                title, number, batch, rows, kernels, options.rounds
            )
            tables.append(Table(f"{title}, batch {batch}", table))
            plotted[title] = table[0]["share of conv peak"]
    tables.insert(0, _kernel_table(numbers))
    return Answer(
        tables,
        {"train_step.png": plots.bars(
            "A step of this project", "share of the bare convolution's speed",
            plotted,
        )},
        numbers, _notes(),
    )


def _blocks(options):
    """A dict from title to `(stage, batch, {label: Rival})`."""
    paper, released = settings.faithful(), settings.released()
    demo = settings.demo()
    vgg, small = settings.vgg_face(), settings.small_phi(demo.image_size)
    blocks = {}
    for number, name in STAGES.items():
        if options.quick and number == 2:
            continue
        rows = _pair("", paper, vgg)
        if number == 1:
            rows |= _other_backends(paper, vgg)
        if number == 3:
            rows["this project, exprgan_joint"] = Rival(
                rivals.project_step,
                paper.replace(model_type="exprgan_joint"), vgg,
            )
            rows |= _own({
                "phi at 128": paper.replace(face_feature_size=128),
                "bfloat16": paper.replace(mixed_precision="bfloat16"),
                "cached phi": paper.replace(cache_face_features=True),
            }, vgg)
        rows |= _pair(", fast settings", settings.fast(), vgg)
        blocks[f"paper, stage {name}"] = (number, options.batch, rows)
    if not options.quick:
        for number in (1, 3):
            blocks[f"released code, stage {STAGES[number]}"] = (
                number, options.batch, _pair("", released, vgg)
            )
    for number, name in STAGES.items():
        if options.quick and number != 3:
            continue
        rows = _pair("", demo, small) | _own(
            {"bfloat16": demo.replace(mixed_precision="bfloat16")}, small
        )
        if number == 3:
            rows |= _other_backends(demo, small)
        blocks[f"demo, stage {name}"] = (
            number, demo.batch_sizes[number - 1], rows
        )
    return blocks


def _own(configs, phi):
    """Rows of this project alone, with other settings."""
    return {
        f"this project, {name}": Rival(rivals.project_step, config, phi)
        for name, config in configs.items()
    }


def _other_backends(config, phi):
    """This project on the other backends of Keras that are installed."""
    return {
        f"this project, Keras on {title}": Rival(
            rivals.project_step, config, phi, backend
        )
        for backend, title in (("torch", "PyTorch"), ("jax", "JAX"))
        if importlib.util.find_spec(backend)
    }


def _pair(suffix, config, phi):
    """A row of this project, and one of PyTorch where it is installed."""
    rows = {f"this project{suffix}": Rival(rivals.project_step, config, phi)}
    if _has_torch():
        rows[f"PyTorch{suffix}"] = Rival(rivals.torch_step, config, phi)
        if shutil.which("c++"):
            rows[f"PyTorch{suffix}, compiled"] = Rival(
                rivals.compiled_torch_step, config, phi
            )
    return rows


def _measure(title, number, batch, rows, kernels, rounds):
    """A block, as many rivals at once as memory holds.

    The first rival is in each part, so that ratios are of the same rounds.
    """
    first, *others = rows
    # As measured: a framework, and activations, most of them of phi.
    share = (rows[first].phi["input_size"] / 224) ** 2
    gigabytes = 1.5 + 0.2 * share * batch
    at_once = max(int(available_memory() / 1024 / gigabytes) - 1, 1)
    table, numbers, gflop = [], [], {}
    for start in range(0, max(len(others), 1), at_once):
        part = {label: rows[label] for label in
                (first, *others[start : start + at_once])}
        found, measured = _measure_part(
            title, number, batch, part, kernels, rounds, gflop
        )
        table += found if not table else found[1:]
        numbers.append(measured)
    if not _has_torch():
        table.append({**dict.fromkeys(table[0]), "": "PyTorch: not installed"})
    return table, numbers


def _measure_part(title, number, batch, rows, kernels, rounds, gflop):
    """Rivals that take turns.

    `gflop` has the operations of each config that a project's row has told,
    in this part or one before: a twin may come later than its original.
    """
    with ExitStack() as stack:
        residents = {
            label: stack.enter_context(Resident(
                rival.factory, rival.config, number, batch, rival.phi,
                environment={"KERAS_BACKEND": rival.backend},
            )) for label, rival in rows.items()
        }
        timings = interleave(
            {
                **{label: (resident, "step")
                   for label, resident in residents.items()},
                **{name: (kernels, name) for name in _kernel_names()},
            },
            rounds, seconds=0.2, title=title,
        )
        memory = {label: resident.memory()[1]
                  for label, resident in residents.items()}
        gflop |= {
            rival.config: residents[label].call("gflop")
            for label, rival in rows.items()
            if rival.factory is rivals.project_step
        }
    peaks = {
        precision: max(
            work / timings[f"{name} {precision}"].cpu_s
            for name, work in rivals.KERNEL_GFLOP.items() if name != "matmul"
        ) for precision in rivals.KERNEL_PRECISIONS
    }
    first = timings[next(iter(rows))]
    table = []
    for label, rival in rows.items():
        timing = timings[label]
        done, written = gflop[rival.config]
        if rival.factory is not rivals.project_step:
            done = written
        speed = done * batch / timing.cpu_s
        table.append({
            "": label,
            "CPU time, ratio": timing.ratio(first),
            "wall time, ratio": timing.ratio(first, "wall"),
            "share of conv peak": (
                speed / peaks[rival.config.mixed_precision]
            ),
            "images/s": batch / timing.wall_s,
            "CPU s a step": timing.cpu_s,
            "GFLOP an image": done,
            "first call, s": timing.first,
            "peak memory, MB": memory[label],
        })
    return table, {
        "timings": timing_numbers(timings), "memory_mb": memory,
        "peaks_gflop_per_cpu_s": peaks,
    }


def _kernel_names():
    return [
        f"{name} {precision}" for name in rivals.KERNEL_GFLOP
        for precision in rivals.KERNEL_PRECISIONS
    ]


def _kernel_table(numbers):
    """The bare operations, over all blocks."""
    rows = []
    for name, gflop in rivals.KERNEL_GFLOP.items():
        row = {"": name}
        for precision in rivals.KERNEL_PRECISIONS:
            seconds = sorted(
                value for block in numbers.values() for part in block
                for value in part["timings"][f"{name} {precision}"]["cpu"]
            )
            row[f"{precision}, GFLOP a CPU s"] = (
                gflop / seconds[len(seconds) // 2]
            )
        row["bfloat16 over float32"] = (
            row["bfloat16, GFLOP a CPU s"] / row["float32, GFLOP a CPU s"]
        )
        rows.append(row)
    return Table("Bare operations of TensorFlow, median over all blocks", rows)


def _has_torch():
    return importlib.util.find_spec("torch") is not None


def _notes():
    return [
        "The twin is given the project's weights in "
        "`tests/test_benchmarks.py`, which compares every loss."
    ]
