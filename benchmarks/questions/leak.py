"""Whether memory and time of an epoch stay the same over 20 epochs.

The training loop itself (stage 3 on the carried data set, with pictures after
every epoch and checkpoints), with networks that cost little, so that what
surrounds them shows. After each epoch the process notes its memory and the
time. The first epochs compile; what counts is epoch 6 to 20.
"""

import itertools
import statistics
import tempfile
import time

from benchmarks import plots, settings
from benchmarks.answer import Answer, Table
from benchmarks.measure import Resident, cpu_seconds, memory

TITLE = "20 epochs"

_SETTLED = 5


def answer(options):
    epochs = 8 if options.quick else 20
    config = settings.tiny(
        epochs=(1, 1, epochs), batch_sizes=(32,) * 3,
        data_dir=options.data_dir, checkpoint_minutes=0.05,
        code_form="anchored", code_intensity="label",
        source_images="subject", augmentation=0.3,
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Resident(training, config, folder) as resident,
    ):
        samples = resident.call("train")
    held = [sample["memory_mb"] for sample in samples]
    spent = {
        what: [
            after[what] - before[what]
            for before, after in itertools.pairwise(samples)
        ] for what in ("cpu", "wall")
    }
    growth = statistics.linear_regression(
        range(len(held) - _SETTLED), held[_SETTLED:]
    ).slope
    table = Table(
        f"Epochs {_SETTLED + 1} to {epochs}", [{
            "memory at the end over that after epoch 6":
                held[-1] / held[_SETTLED],
            "growth, MB an epoch": growth,
            "memory, MB": held[-1],
            **{
                f"{what} time, last epochs over first":
                    _last_over_first(spent[what])
                for what in ("cpu", "wall")
            },
            "wall, s an epoch": statistics.median(spent["wall"][_SETTLED:]),
        }],
    )
    return Answer(
        [table],
        {"leak.png": plots.lines(
            f"{epochs} epochs of the training loop", "epoch",
            {
                "memory held, MB": {
                    "memory": (list(range(1, epochs + 1)), held)
                },
                "seconds": {
                    f"{what} time": (list(range(2, epochs + 1)), values)
                    for what, values in spent.items()
                },
            },
        )},
        {"samples": samples},
    )


def training(config, folder):
    """"train": stage 3 to its end; returns a sample for each epoch."""
    from exprgan_tf.support.quiet import import_tensorflow

    import_tensorflow()
    from exprgan_tf.data.records import Dataset
    from exprgan_tf.model import ExprGAN
    from exprgan_tf.networks import FaceFeatures
    from exprgan_tf.training.devices import OneDevice
    from exprgan_tf.training.loop import train_stage
    from exprgan_tf.training.run_folder import RunFolder
    from exprgan_tf.training.setup import make_repeatable

    class Sampling(RunFolder):
        """Notes what the process holds whenever an epoch ends."""

        samples = ()

        def add_losses(self, stage, epoch, means):
            super().add_losses(stage, epoch, means)
            self.samples = (*self.samples, {
                "memory_mb": memory()[0], "cpu": cpu_seconds(),
                "wall": time.perf_counter(),
            })

    def train():
        make_repeatable()
        run = Sampling(folder)
        run.open(config)
        phi = FaceFeatures(**settings.small_phi(config.image_size))
        try:
            train_stage(
                ExprGAN(config), 3, Dataset.open(config.data_dir), run, phi,
                OneDevice(),
            )
        finally:
            run.close()
        return list(run.samples)

    return {"train": train}


def _last_over_first(values):
    settled = values[_SETTLED - 1:]
    part = max(len(settled) // 3, 1)
    return statistics.median(settled[-part:]) / statistics.median(
        settled[:part]
    )
