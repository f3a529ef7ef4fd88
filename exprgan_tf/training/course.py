"""The loop over steps of a stage, which can be killed at any moment."""

import collections
import contextlib
import dataclasses
import functools
import math
import time
from collections.abc import Callable, Iterable

import keras
from keras import ops
from tensorboardX import SummaryWriter

from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import write_png
from exprgan_tf.support.progress import progress_bar
from exprgan_tf.training.pictures import loss_plot
from exprgan_tf.training.steps import step_function


@dataclasses.dataclass(frozen=True)
class Course:
    """What a stage is trained on, how long, and what is written meanwhile.

    Attributes:
        stage: the `Updates`, as its checkpoint left it.
        model: the Keras model that it trains, which is saved at its end.
        networks: those whose weights must stay finite.
        sums: of its losses in the unfinished epoch.
        epoch_steps, total_steps: in an epoch, and in all.
        batches: those from the stage's step on.
        sheets: a function without arguments to `{name: picture}`.
        check: a function of the step, called after each epoch, that raises
            a `UserError` when the run has gone wrong.
        checkpoint_minutes, picture_epochs: as those of `Config`.
        validate: a function without arguments to scores by name, or None.
        validation_epochs: as that of `Config`.
        rate_flag: the flag that a run that diverged should lower.
        at_end: called before the model is saved.
    """

    stage: object
    model: keras.Model
    networks: tuple
    sums: dict
    epoch_steps: int
    total_steps: int
    batches: Iterable
    sheets: Callable
    check: Callable
    checkpoint_minutes: float
    picture_epochs: int
    rate_flag: str = "--learning_rates"
    at_end: Callable = lambda: None
    validate: Callable | None = None
    validation_epochs: int = 0


def take_steps(course, run, workers):
    """Trains a stage to its end and saves the model.

    Args:
        course: a `Course`.
        run: an open `RunFolder`, which only the chief touches.
        workers: what `make_workers` gives.

    Raises:
        UserError: when a loss or a weight is no longer a finite number.
    """
    stage, number = course.stage, course.stage.number
    sums = collections.Counter(course.sums)
    writer = contextlib.nullcontext()
    if workers.is_chief:
        run.keep_losses(number, stage.step // course.epoch_steps)
        # Steps after the checkpoint are taken anew, and shown once.
        writer = SummaryWriter(
            str(run.tensorboard / run.stem(number)),
            purge_step=stage.step + 1,
        )
    train_step = step_function(stage, workers.strategy)
    progress = progress_bar(
        course.total_steps, f"stage {number}, {stage.name}", "step",
        stage.step, shown=workers.is_chief,
    )
    saved_at = time.monotonic()
    with writer, progress:
        step = stage.step
        for batch in course.batches:
            losses = {
                name: float(value)
                for name, value in train_step(batch).items()
            }
            step += 1
            if not all(map(math.isfinite, losses.values())):
                workers.on_chief(functools.partial(
                    _refuse_losses, losses, course, step, run
                ))
            if not workers.is_chief:
                continue
            sums.update(losses)
            run.require_room()
            for name, value in losses.items():
                writer.add_scalar(name, value, step)
            progress.update()
            progress.set_postfix(
                {name: f"{value:.3f}" for name, value in losses.items()},
                refresh=False,
            )
            if step % course.epoch_steps == 0:
                epoch = step // course.epoch_steps
                run.add_losses(number, epoch, {
                    name: total / course.epoch_steps
                    for name, total in sums.items()
                })
                sums.clear()
                course.check(step)
                told = _after_epoch(course, epoch, run, writer)
                if told:
                    progress.write(
                        f"stage {number}, epoch {epoch} of "
                        f"{course.total_steps // course.epoch_steps}: "
                        + "; ".join(told)
                    )
            minutes = (time.monotonic() - saved_at) / 60
            if (
                minutes >= course.checkpoint_minutes
                or step == course.total_steps
            ):
                _require_finite_weights(course, step, run)
                run.save_checkpoint(stage, dict(sums))
                saved_at = time.monotonic()
        stage.finish()
        if workers.is_chief:
            _write_pictures(course, "end", run, writer)
    if workers.is_chief:
        names, rows = run.losses(number)
        if rows:
            write_png(run.pictures / f"{run.stem(number)}_losses.png",
                      loss_plot(names, rows))
        course.at_end()
        course.model.save(run.model_path(number))


def _after_epoch(course, epoch, run, writer):
    """Scores and pictures that are due; a list of what to tell of them."""
    told = []
    if course.validate and epoch % course.validation_epochs == 0:
        scores = course.validate()
        for name, value in scores.items():
            writer.add_scalar(f"validation/{name}", value, course.stage.step)
        told += [f"{name} {value:.2f}" for name, value in scores.items()]
    if epoch % course.picture_epochs == 0:
        told.append(
            str(_write_pictures(course, f"{epoch:04d}", run, writer))
        )
    return told


def _write_pictures(course, epoch, run, writer):
    """Writes the sheets; the path of the first."""
    stem, paths = run.stem(course.stage.number), []
    for name, picture in course.sheets().items():
        writer.add_image(name, picture, course.stage.step, dataformats="HWC")
        paths.append(run.pictures / f"{stem}_{name}_{epoch}.png")
        write_png(paths[-1], picture)
    return paths[0]


def _refuse_losses(losses, course, step, run):
    name, value = next(
        (name, value) for name, value in losses.items()
        if not math.isfinite(value)
    )
    raise UserError(
        f"stage {course.stage.number}, step {step}: loss {name!r} is {value}; "
        f"{_kept(course, run)}, try a lower {course.rate_flag}"
    )


def _require_finite_weights(course, step, run):
    for network in course.networks:
        for variable in network.trainable_variables:
            if not bool(ops.all(ops.isfinite(variable.value))):
                raise UserError(
                    f"stage {course.stage.number}, step {step}: weight "
                    f"{network.name}/{variable.path} is not finite; "
                    f"{_kept(course, run)}, try a lower {course.rate_flag}"
                )


def _kept(course, run):
    path = run.checkpoint_path(course.stage.number)
    if path.exists():
        return f"the last good checkpoint is {path}"
    return "there is no checkpoint of this stage yet"
