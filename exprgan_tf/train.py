"""Trains a stage, all three, or the classifier.

    exprgan train --stage=all --flagfile=flags/demo.cfg

Repeating the command resumes the run where it was killed.
"""

import json

from exprgan_tf.commands.flags import ConfigFlags
from exprgan_tf.commands.running import run
from exprgan_tf.errors import UserError
from exprgan_tf.training.request import TrainRequest

SETTINGS = (TrainRequest, ConfigFlags())
# absl lets a flag file win over what stands before it.
ONLY_ON_COMMAND_LINE = ("stage",)


def main(request, config):
    if not config.data_dir:
        raise UserError("--data_dir=DIR is needed")
    if request.dry_run:
        print(json.dumps(config.to_dict(), indent=1))
        return
    from exprgan_tf.training.curriculum import train, train_run_classifier

    if request.stage == "classifier":
        train_run_classifier(config, request)
    else:
        train(config, request)


if __name__ == "__main__":
    run(main, SETTINGS, only_on_command_line=ONLY_ON_COMMAND_LINE)
