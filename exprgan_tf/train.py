"""Trains one stage of the curriculum, or all three.

    python -m exprgan_tf.train --stage=all --flagfile=flags/demo.cfg

Repeating the command resumes the run where it was killed.
"""

import json
import sys

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_STAGE = flags.DEFINE_enum(
    "stage", None, ["1", "2", "3", "all"],
    "1: controller learning, 2: image reconstruction, 3: image refining",
)
_RUN_DIR = flags.DEFINE_string(
    "run_dir", None, "folder of the run: settings, checkpoints, pictures"
)
_INIT_FROM = flags.DEFINE_string(
    "init_from", None,
    "run folder or model that the stage starts from, instead of the stage "
    "before it in --run_dir; 'scratch': fresh weights",
)
_DRY_RUN = flags.DEFINE_bool(
    "dry_run", False, "print the settings and end"
)
commands.define_config_flags()


def main(argv):
    del argv
    _require_own_flag("stage")
    if not _STAGE.value or not _RUN_DIR.value:
        raise UserError("--stage=1|2|3|all and --run_dir=DIR are needed")
    config = commands.config_from_flags()
    if not config.data_dir:
        raise UserError("--data_dir=DIR is needed")
    if _DRY_RUN.value:
        print(json.dumps(config.to_dict(), indent=1))
        return
    stages = (1, 2, 3) if _STAGE.value == "all" else (int(_STAGE.value),)
    train(config, stages, _RUN_DIR.value, _INIT_FROM.value)


def train(config, stages, run_dir, init_from=None):
    """Trains stages in a run folder, resuming what is there.

    Args:
        config: a `Config`; classes may be left to the data set.
        stages: stage numbers in order.
        run_dir: the run folder.
        init_from: run folder or model for the first of the stages,
            "scratch" for fresh weights, None for the stage before it.

    Raises:
        UserError: when data, folder or a stage's predecessor is missing or
            wrong, or training diverges.
    """
    import tensorflow as tf

    from exprgan_tf.data.records import Dataset
    from exprgan_tf.training.face_features import face_features
    from exprgan_tf.training.loop import train_stage
    from exprgan_tf.training.run_folder import RunFolder

    dataset = Dataset.open(config.data_dir)
    config = _with_classes(config, dataset)
    dataset.verify()
    run = RunFolder(run_dir)
    run.open(config)
    try:
        strategy = tf.distribute.get_strategy()
        if len(tf.config.list_physical_devices("GPU")) > 1:
            strategy = tf.distribute.MirroredStrategy()
        phi = None
        for number in stages:
            if run.model_path(number).exists():
                print(f"stage {number} has ended already")
                continue
            with strategy.scope():
                model = _initial_model(
                    config, run, number,
                    init_from if number == stages[0] else None,
                )
                if number > 1 and phi is None:
                    phi = face_features(dataset, config, run)
            train_stage(model, number, dataset, run, phi, strategy)
    finally:
        run.close()
    print(f"pictures: {run.pictures}")
    print(f"model: {run.model_path(stages[-1])}")


def _initial_model(config, run, number, init_from):
    """The model that a stage starts from."""
    import keras

    from exprgan_tf.model import ExprGAN

    keras.utils.set_random_seed(config.seed)
    model = ExprGAN(config)
    if init_from == "scratch" or (number == 1 and not init_from):
        return model
    source = init_from or run.model_path(number - 1)
    if not init_from and not source.exists():
        raise UserError(
            f"stage {number} starts from stage {number - 1}, which has not "
            f"ended in {run.path}: train --stage={number - 1} first, or give "
            "--init_from"
        )
    before = ExprGAN.load(source)
    shapes = [variable.shape for variable in model.variables]
    if [variable.shape for variable in before.variables] != shapes:
        raise UserError(
            f"--init_from={source}: its networks are of other sizes than "
            "these settings"
        )
    model.set_weights(before.get_weights())
    return model


def _with_classes(config, dataset):
    if not config.classes:
        return config.replace(classes=dataset.classes)
    if set(config.classes) != set(dataset.classes):
        raise UserError(
            f"--classes={','.join(config.classes)}: the data has "
            f"{','.join(dataset.classes)}"
        )
    return config


def _require_own_flag(name):
    """Refuses a flag that a flag file sets: absl lets the later one win."""
    given = sys.argv[1:]
    expanded = flags.FLAGS.read_flags_from_files(given)

    def count(arguments):
        return sum(
            argument.lstrip("-").split("=")[0] == name
            for argument in arguments
        )

    if count(expanded) > count(given):
        raise UserError(
            f"--flagfile sets --{name}, which belongs on the command line: "
            "take it out of the file"
        )


if __name__ == "__main__":
    commands.run(main)
