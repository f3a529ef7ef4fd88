"""One of the paper's stages, from its checkpoint to its end."""

import functools
import math

import keras
import numpy as np

from exprgan_tf.baselines import stage_classes
from exprgan_tf.data.batches import load_split, training_batches
from exprgan_tf.data.subjects import (
    TRAIN,
    steps_per_epoch,
    training_subjects,
)
from exprgan_tf.errors import UserError
from exprgan_tf.training.course import Course, take_steps
from exprgan_tf.training.feature_cache import feature_cache
from exprgan_tf.training.pictures import held_out_faces, stage_sheets

# By which the model knows how training people's identity codes lie.
_MOST_IMAGES = 2000


def train_stage(
    model, number, dataset, run, face_features, workers, validation=None
):
    """Trains one stage to its end, from its checkpoint if there is one.

    Args:
        model: the `ExprGAN` that the stage starts from, made under the
            strategy's scope.
        number: 1, 2 or 3.
        dataset: a verified `Dataset`.
        run: an open `RunFolder`, which only the chief touches.
        face_features: a `FaceFeatures`, or None.
        workers: what `make_workers` gives.
        validation: what has `scores(model)`; None: no scores.

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
    sums = workers.on_chief(lambda: run.load_checkpoint(stage))
    workers.copy_from_chief(stage.state)
    if workers.replicas > 1:
        synchronize_batch_norm(model)
    features = None
    if config.cache_face_features and face_features:
        features = feature_cache(dataset, config, face_features, run)
    faces = held_out_faces(dataset, config) if workers.is_chief else None
    batches = workers.distribute(
        functools.partial(
            training_batches, dataset, config, number, stage.step,
            total_steps - stage.step, features,
        ),
        batch_size,
    )
    take_steps(Course(
        stage, model, (
            model.encoder, model.decoder, model.image_discriminator,
            model.latent_discriminator,
        ), sums, epoch_steps, total_steps, batches,
        functools.partial(stage_sheets, model, number, faces),
        functools.partial(_require_different_identities, stage, faces),
        config.checkpoint_minutes, config.picture_epochs,
        at_end=functools.partial(_learn_identities, model, number, dataset),
        validate=functools.partial(validation.scores, model)
        if validation and model.encodes else None,
        validation_epochs=config.validation_epochs,
    ), run, workers)


def _learn_identities(model, number, dataset):
    """Of stage 1 the encoder has learned nothing yet."""
    if number == 1 or not model.encodes:
        return
    config = model.config
    counts = dataset.subjects(TRAIN)
    subjects = training_subjects(dataset, config)
    share = sum(counts[name] for name in subjects) / _MOST_IMAGES
    faces = load_split(dataset, TRAIN, config, subjects[:: math.ceil(share)])
    model.learn_identities(faces["image"], faces["subject"])


def synchronize_batch_norm(model):
    """Makes batch normalization use the whole batch over all replicas.

    Not the default, since the synchronized moments cost precision.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


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
