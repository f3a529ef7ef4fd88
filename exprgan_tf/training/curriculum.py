"""The stages of a run, one after another."""

from exprgan_tf.baselines import stage_classes
from exprgan_tf.config_rules import FREE_SETTINGS
from exprgan_tf.data.records import Dataset
from exprgan_tf.errors import UserError
from exprgan_tf.model import ExprGAN
from exprgan_tf.networks import FaceFeatures
from exprgan_tf.support.places import require_apart
from exprgan_tf.training.classifier import train_classifier
from exprgan_tf.training.devices import make_workers
from exprgan_tf.training.face_features import face_features
from exprgan_tf.training.loop import train_stage
from exprgan_tf.training.run_folder import RunFolder
from exprgan_tf.training.setup import (
    make_repeatable,
    resolved,
    seeded,
    tell_slow_precision,
)


def train(config, request, make_validation=None):
    """Trains stages in a run folder, resuming what is there.

    With several machines each calls it alike; only the chief, see
    `training.cluster`, needs the run folder.

    Args:
        config: a `Config`; classes may be left to the data set.
        request: a `TrainRequest`.
        make_validation: called with the data set, the `Config` and a folder
            where `config.validation_epochs` asks for scores; gives what has
            `scores(model)`, see `evaluation.validation`. None: no scores.

    Raises:
        UserError: when data, folder or a stage's predecessor is missing or
            wrong, training diverges, or another machine is lost.
    """
    make_repeatable()
    workers = make_workers(request.strategy, request.worker_wait)
    with workers.watch():
        _train(config, request, workers, make_validation)


def _train(config, request, workers, make_validation):
    stages = request.stages or tuple(stage_classes(config.model_type))
    _require_stages(stages, config)
    dataset = Dataset.open(config.data_dir)
    config = resolved(config, dataset)
    tell_slow_precision(config)
    dataset.verify()
    if workers.cluster and config.cache_face_features:
        raise UserError(
            "--cache_face_features keeps its file in the run folder, which "
            "only the chief reads: leave it out with --strategy=multi_worker"
        )
    _require_same_everywhere(config, stages, dataset, workers)
    require_apart(
        request.run_dir, {"data_dir": config.data_dir}, above=True,
        flag="run_dir",
    )
    run = RunFolder(request.run_dir)

    def open_run():
        _starting_point(config, run, stages[0], request.init_from)
        run.open(config)

    workers.on_chief(open_run)
    try:
        phi = validation = None
        for number in stages:
            if workers.on_chief(run.model_path(number).exists):
                if workers.is_chief:
                    print(f"stage {number} has ended already")
                continue
            if phi is None and _needs_phi(config, number):
                phi = _phi(dataset, config, run, workers)
            if validation is None and number > 1 and make_validation and (
                config.validation_epochs and workers.is_chief
            ):
                validation = make_validation(
                    dataset, config, run.path / "validation_judges"
                )
            initial = request.init_from if number == stages[0] else None
            model = _initial_model(config, run, number, initial, workers)
            train_stage(
                model, number, dataset, run, phi, workers, validation
            )
    finally:
        run.close()

    def tell():
        print(f"pictures: {run.pictures}")
        print(f"model: {run.model_path(stages[-1])}")

    # The others stay until the chief has written everything.
    workers.on_chief(tell)


def train_run_classifier(config, request):
    """Trains the expression classifier of a run folder.

    Args:
        config: a `Config`; classes may be left to the data set.
        request: a `TrainRequest`; its run folder is one of a run with these
            settings, or new.

    Raises:
        UserError: as for `train`.
    """
    if request.strategy != "auto":
        raise UserError(
            "--stage=classifier trains on one device: leave out --strategy"
        )
    dataset = Dataset.open(config.data_dir)
    dataset.verify()
    run = RunFolder(request.run_dir)
    config = resolved(config, dataset)
    run.open(config)
    try:
        train_classifier(dataset, config, run, config.classifier_steps)
    finally:
        run.close()


def _needs_phi(config, number):
    return config.model_type.startswith("exprgan") and number > 1


def _require_stages(stages, config):
    known = stage_classes(config.model_type)
    for number in stages:
        if number not in known:
            raise UserError(
                f"--stage={number}: --model_type={config.model_type} has one "
                "stage; give --stage=all"
            )


def _require_same_everywhere(config, stages, dataset, workers):
    workers.require_same({
        "--stage": stages,
        **{
            f"--{name}": value for name, value in config.to_dict().items()
            if name not in FREE_SETTINGS
        },
        "the data of --data_dir": [
            shard["sha256"] for shard in dataset.shards()
        ],
    })


def _phi(dataset, config, run, workers):
    """phi on all workers; the chief trains or reads it, on one device."""
    made = {}

    def make():
        made["phi"] = face_features(dataset, config, run)
        return made["phi"] and made["phi"].get_config()

    description = workers.on_chief(make)
    if description is None:
        return None
    with workers.scope():
        phi = FaceFeatures(**description)
    if workers.is_chief:
        phi.set_weights(made["phi"].get_weights())
    workers.copy_from_chief(phi.variables)
    return phi


def _starting_point(config, run, number, init_from):
    """The model file or folder that a stage starts from; None for none."""
    is_first = number == min(stage_classes(config.model_type))
    if init_from == "scratch" or (is_first and not init_from):
        return None
    if init_from:
        return init_from
    source = run.model_path(number - 1)
    if not source.exists():
        raise UserError(
            f"--stage={number} starts from stage {number - 1}, which has not "
            f"ended in {run.path}: train --stage={number - 1} first, or give "
            "--init_from"
        )
    return source


def _initial_model(config, run, number, init_from, workers):
    """The model that a stage starts from; its weights are the chief's."""
    seeded(config)
    with workers.scope():
        model = ExprGAN(config, config.mixed_precision)
    workers.on_chief(lambda: _take_weights(
        model, _starting_point(config, run, number, init_from)
    ))
    return model


def _take_weights(model, source):
    if source is None:
        return
    before = ExprGAN.load(source)
    shapes = [variable.shape for variable in model.variables]
    if [variable.shape for variable in before.variables] != shapes:
        raise UserError(
            f"--init_from={source}: its networks are of other sizes than "
            "these settings"
        )
    model.set_weights(before.get_weights())
