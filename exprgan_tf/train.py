"""Trains a stage, all three, motion or the classifier.

    exprgan train --stage=all --flagfile=flags/demo.cfg

Repeating the command resumes the run where it was killed.
"""

import json

from exprgan_tf.commands.flags import ConfigFlags
from exprgan_tf.commands.running import run
from exprgan_tf.config_motion import MOTION, MotionConfig
from exprgan_tf.errors import UserError
from exprgan_tf.training.request import TrainRequest

SETTINGS = (TrainRequest, ConfigFlags(), MotionConfig)
# absl lets a flag file win over what stands before it.
ONLY_ON_COMMAND_LINE = ("stage",)


def main(request, config, motion):
    if not config.data_dir:
        raise UserError("--data_dir=DIR is needed")
    if request.dry_run:
        print(json.dumps({
            **config.to_dict(),
            **(motion.to_dict() if request.stage == MOTION else {}),
        }, indent=1))
        return
    from exprgan_tf.training.curriculum import train, train_run_classifier
    from exprgan_tf.training.motion import train_motion

    if request.stage == MOTION:
        train_motion(config, motion, request)
    elif request.stage == "classifier":
        train_run_classifier(config, request)
    else:
        train(config, request, _validation)


def _validation(*arguments):
    # The metrics take a second to import.
    from exprgan_tf.evaluation.validation import Validation

    return Validation(*arguments)


if __name__ == "__main__":
    run(main, SETTINGS, only_on_command_line=ONLY_ON_COMMAND_LINE)
