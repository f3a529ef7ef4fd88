"""The motion stage of a run: data, G_motion, phi, and the loop."""

import numpy as np

from exprgan_tf.config import NEUTRAL
from exprgan_tf.config_motion import MOTION
from exprgan_tf.data.batches.labelled import LabelledPhotographs
from exprgan_tf.data.batches.moved import MovedPhotographs
from exprgan_tf.data.batches.pairs import pair_batches
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.subjects import (
    TEST,
    TRAIN,
    training_subjects,
    validation_part,
)
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.heads import is_motion
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.pictures.levels import to_floats
from exprgan_tf.pictures.sheets import sheet
from exprgan_tf.stages.motion import MotionStage
from exprgan_tf.training.course import Course, take_steps
from exprgan_tf.training.devices import OneDevice
from exprgan_tf.training.face_features import face_features
from exprgan_tf.training.run_folder import RunFolder
from exprgan_tf.training.setup import (
    make_repeatable,
    resolved,
    seeded,
    tell_slow_precision,
)

# What --init_from calls the network that comes along.
CARRIED = "carried"
# Photographs on a sheet.
_SHOWN = 6


def train_motion(config, motion, request):
    """Trains G_motion in a run folder, resuming what is there.

    Args:
        config: a `Config`; classes may be left to the data set.
        motion: a `MotionConfig`.
        request: a `TrainRequest`.

    Raises:
        UserError: when data or folder is missing or wrong, or training
            diverges.
    """
    if request.strategy != "auto":
        raise UserError(
            f"--stage={MOTION} trains on one device: leave out --strategy"
        )
    if config.pixel_normalization != "fixed":
        raise UserError(f"--stage={MOTION} needs --pixel_normalization=fixed")
    make_repeatable()
    dataset = Dataset.open(config.data_dir)
    config = resolved(config, dataset)
    tell_slow_precision(config)
    dataset.verify()
    run = RunFolder(request.run_dir)
    run.open(config, motion)
    try:
        if run.model_path(MOTION).exists():
            print(f"stage {MOTION} has ended already")
        else:
            _train(config, motion, dataset, run, request.init_from)
    finally:
        run.close()
    print(f"pictures: {run.pictures}")
    print(f"model: {run.model_path(MOTION)}")


def _train(config, motion, dataset, run, init_from):
    moved = MovedPhotographs(
        dataset, config, (TRAIN, NEUTRAL), training_subjects(dataset, config)
    )
    print(f"{len(moved.images)} pictures of {len(moved.photographs)} "
          "photographs")
    photographs = None
    if motion.motion_photographs:
        photographs = LabelledPhotographs(
            Dataset.open(motion.motion_photographs), config,
            _held_out_people(dataset, config),
        )
        print(f"{len(photographs.images)} labelled photographs")
    phi = None
    if motion.lambda_motion_features:
        phi = face_features(dataset, config, run)
    seeded(config)
    model = MotionModel(config, motion, config.mixed_precision)
    if init_from not in (None, "scratch"):
        # With their fields, for which these weights were learned.
        _take_weights(model, init_from)
    elif not run.checkpoint_path(MOTION).exists():
        # A checkpoint has its own.
        mean = moved.mean_fields()
        model.set_mean_motion(mean)
        model.set_ratio_modes(moved.ratio_modes(mean, motion.motion_modes))
    epoch_steps = max(
        int((moved.labels >= 0).sum()) // motion.motion_batch_size, 1
    )
    total_steps = max(round(epoch_steps * motion.motion_epochs), 1)
    stage = MotionStage(model, total_steps, phi)
    sums = run.load_checkpoint(stage)
    faces = _held_out(dataset, config, moved)
    networks = [model.network]
    if stage.judge:
        networks.append(stage.judge)
    take_steps(Course(
        stage, model, tuple(networks), sums, epoch_steps, total_steps,
        pair_batches(
            moved, config, motion, stage.step,
            max(total_steps - stage.step, 0), photographs,
        ),
        lambda: motion_sheets(stage, faces), lambda step: None,
        config.checkpoint_minutes, config.picture_epochs, "--motion_rate",
    ), run, OneDevice())


def _take_weights(model, source):
    if source == CARRIED and not is_motion():
        raise UserError(
            f"--init_from={CARRIED}: no motion network comes along; give a "
            "run folder or a file"
        )
    before = MotionModel.load(None if source == CARRIED else source)
    if before.config.classes != model.config.classes:
        raise UserError(
            f"--init_from={source}: its classes, "
            f"{', '.join(before.config.classes)}, are not those of these "
            f"settings, {', '.join(model.config.classes)}"
        )
    shapes = [variable.shape for variable in model.variables]
    if [variable.shape for variable in before.variables] != shapes:
        raise UserError(
            f"--init_from={source}: its network is of another size than "
            "these settings"
        )
    model.set_weights(before.get_weights())


def _held_out_people(dataset, config):
    """Those of whom a run learns nothing, in no data set."""
    known = set(training_subjects(dataset, config))
    return {
        subject for split in dataset.splits if split != NEUTRAL
        for subject in dataset.subjects(split) if subject not in known
    }


def _held_out(dataset, config, moved):
    """Pictures of people that the run does not train on, if there are any."""
    split, subjects = validation_part(dataset, config)
    if not subjects and TEST in dataset.splits:
        split, subjects = TEST, sorted(dataset.subjects(TEST))
    if not subjects:
        return moved
    return MovedPhotographs(
        dataset, config, (split, NEUTRAL), subjects[:2 * _SHOWN]
    )


def motion_sheets(stage, faces):
    """The pictures of an epoch, made with the averaged weights.

    Two rows a photograph: what the network makes, and what it should; a
    column an expression, at the intensity of its strongest picture, and at
    the end the most open mouth, closed again.

    Args:
        stage: a `MotionStage`.
        faces: `MovedPhotographs`.

    Returns:
        A dict from name to uint8 `[height, width, 3]`.
    """
    classes = stage.config.classes
    rows, labels, inputs, wanted, cells = [], [], [], [], []
    for photograph in faces.photographs[:_SHOWN]:
        untouched, places = photograph.untouched, photograph.others
        made, true = ([_picture(faces, untouched)] + [None] * (
            len(classes) + 1
        ) for _ in range(2))
        strongest = {}
        for place in sorted(places, key=lambda each: faces.intensities[each]):
            strongest[int(faces.labels[place])] = place
        asked = [
            (label + 1, untouched, place) for label, place in strongest.items()
        ]
        opened = max(places, key=lambda each: faces.fields[each][..., 2].sum())
        true[0] = _picture(faces, opened)
        asked.append((len(classes) + 1, opened, photograph.neutral))
        for column, first, second in asked:
            inputs.append(_picture(faces, first))
            wanted.append(faces.intensities_of(second))
            true[column] = _picture(faces, second)
            cells.append((made, column))
        rows += [made, true]
        labels += ["made", "true"]
    with stage.averaged():
        edited = stage.model.edit(np.stack(inputs), np.stack(wanted))
    for (row, column), picture in zip(cells, edited, strict=True):
        row[column] = picture
    return {"motions": sheet(
        rows, ["photograph", *classes, "taken back"], labels
    )}


def _picture(faces, place):
    return to_floats(faces.images[place])
