"""The loop over steps of one stage, which can be killed at any moment."""

import collections
import contextlib
import functools
import math
import time

import keras
import numpy as np
from keras import ops
from tensorboardX import SummaryWriter

from exprgan_tf.baselines import stage_classes
from exprgan_tf.data.batches import training_batches
from exprgan_tf.data.subjects import steps_per_epoch
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import write_png
from exprgan_tf.support.progress import progress_bar
from exprgan_tf.training.feature_cache import feature_cache
from exprgan_tf.training.pictures import (
    held_out_faces,
    loss_plot,
    stage_sheets,
)
from exprgan_tf.training.steps import step_function


def train_stage(model, number, dataset, run, face_features, workers):
    """Trains one stage to its end, from its checkpoint if there is one.

    Args:
        model: the `ExprGAN` that the stage starts from, made under the
            strategy's scope.
        number: 1, 2 or 3.
        dataset: a verified `Dataset`.
        run: an open `RunFolder`, which only the chief touches.
        face_features: a `FaceFeatures`, or None.
        workers: what `make_workers` gives.

    Raises:
        UserError: when a loss or a weight is no longer a finite number, or
            the devices cannot share a batch evenly.
    """
    config = model.config
    batch_size = config.batch_sizes[number - 1]
    epoch_steps = steps_per_epoch(dataset, config, batch_size)
    total_steps = epoch_steps * config.epochs[number - 1]
    with workers.scope():
        stage_class = stage_classes(config.model_type)[number]
        stage = stage_class(model, total_steps, face_features)
    # Not in the scope, where Keras would make variables for all workers.
    sums = collections.Counter(
        workers.on_chief(lambda: run.load_checkpoint(stage))
    )
    workers.copy_from_chief(stage.state)
    if workers.replicas > 1:
        synchronize_batch_norm(model)

    features = None
    if config.cache_face_features and face_features:
        features = feature_cache(dataset, config, face_features, run)
    writer = contextlib.nullcontext()
    if workers.is_chief:
        run.keep_losses(number, stage.step // epoch_steps)
        faces = held_out_faces(dataset, config)
        # Steps after the checkpoint are taken anew, and shown once.
        writer = SummaryWriter(
            str(run.tensorboard / f"stage{number}"),
            purge_step=stage.step + 1,
        )
    batches = workers.distribute(
        functools.partial(
            training_batches, dataset, config, number, stage.step,
            total_steps - stage.step, features,
        ),
        batch_size,
    )
    train_step = step_function(stage, workers.strategy)
    progress = progress_bar(
        total_steps, f"stage {number}, {stage.name}", "step", stage.step,
        shown=workers.is_chief,
    )
    saved_at = time.monotonic()
    with writer, progress:
        step = stage.step
        for batch in batches:
            losses = {
                name: float(value)
                for name, value in train_step(batch).items()
            }
            step += 1
            if not all(map(math.isfinite, losses.values())):
                workers.on_chief(functools.partial(
                    _refuse_losses, losses, number, step, run
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
            if step % epoch_steps == 0:
                epoch = step // epoch_steps
                run.add_losses(number, epoch, {
                    name: total / epoch_steps for name, total in sums.items()
                })
                sums.clear()
                _require_different_identities(stage, faces, step)
                if epoch % config.picture_epochs == 0:
                    _write_pictures(stage, faces, epoch, run, writer)
            minutes = (time.monotonic() - saved_at) / 60
            if minutes >= config.checkpoint_minutes or step == total_steps:
                _require_finite_weights(stage, step, run)
                run.save_checkpoint(stage, dict(sums))
                saved_at = time.monotonic()
        stage.finish()
        if workers.is_chief:
            _write_pictures(stage, faces, "end", run, writer)
    if workers.is_chief:
        names, rows = run.losses(number)
        if rows:
            write_png(run.pictures / f"stage{number}_losses.png",
                      loss_plot(names, rows))
        model.save(run.model_path(number))


def synchronize_batch_norm(model):
    """Makes batch normalization use the whole batch over all replicas.

    Not the default, since the synchronized moments cost precision.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


def _write_pictures(stage, faces, epoch, run, writer):
    sheets = stage_sheets(stage.exprgan, stage.number, faces)
    for name, picture in sheets.items():
        writer.add_image(name, picture, stage.step, dataformats="HWC")
        epoch_name = f"{epoch:04d}" if isinstance(epoch, int) else epoch
        write_png(
            run.pictures / f"stage{stage.number}_{name}_{epoch_name}.png",
            picture,
        )


def _refuse_losses(losses, number, step, run):
    name, value = next(
        (name, value) for name, value in losses.items()
        if not math.isfinite(value)
    )
    raise UserError(
        f"stage {number}, step {step}: loss {name!r} is {value}; "
        f"{_kept(number, run)}, try a lower --learning_rates"
    )


def _require_finite_weights(stage, step, run):
    exprgan = stage.exprgan
    for network in (
        exprgan.encoder, exprgan.decoder, exprgan.image_discriminator,
        exprgan.latent_discriminator,
    ):
        for variable in network.trainable_variables:
            if not bool(ops.all(ops.isfinite(variable.value))):
                raise UserError(
                    f"stage {stage.number}, step {step}: weight "
                    f"{network.name}/{variable.path} is not finite; "
                    f"{_kept(stage.number, run)}, try a lower "
                    "--learning_rates"
                )


def _require_different_identities(stage, faces, step):
    """A tanh whose inputs are large passes no gradient: it would stay so."""
    model = stage.exprgan
    if stage.number == 1 or not model.encodes:
        return
    identities = model.encode(faces["image"])
    if len(identities) > 1 and not np.ptp(identities, axis=0).any():
        raise UserError(
            f"stage {stage.number}, step {step}: the encoder gives all faces "
            "the same identity code; start this stage anew with a lower "
            "--learning_rates"
        )


def _kept(number, run):
    path = run.checkpoint_path(number)
    if path.exists():
        return f"the last good checkpoint is {path}"
    return "there is no checkpoint of this stage yet"
