"""One step of each stage on the backend that KERAS_BACKEND names.

    python one_step.py GIVEN.npz FOUND.npz

GIVEN has "config" and "motion", JSON, `batch/NAME`, `pairs/NAME`, and
`model/INDEX`, `phi/INDEX`, `moving/INDEX` and `judge/INDEX`, weights in
Keras's order; FOUND gets `STAGE/OPTIMIZER/log/NAME` and
`STAGE/OPTIMIZER/INDEX`, the weights after the step, of the motion stage the
losses of two steps alone. It imports nothing of TensorFlow of its own.
"""

import json
import sys

import keras
import numpy as np

from exprgan_tf.config import Config
from exprgan_tf.config_motion import MotionConfig
from exprgan_tf.model import ExprGAN
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.networks import FaceFeatures
from exprgan_tf.stages import STAGE_CLASSES
from exprgan_tf.stages.motion import MotionStage
from exprgan_tf.training.steps import step_function

PHI = {"blocks": ((3, 3), (4, 4)), "input_size": 32, "betas": (0.02, 0.01)}
# Of each stage; in the last one Adam trains every network.
OPTIMIZERS = {
    "sgd": (lambda rate: keras.optimizers.SGD(0.05), (1, 2, 3)),
    "adam": (None, (3,)),
}


def weights_under(given, prefix):
    count = sum(name.startswith(prefix) for name in given)
    return [given[f"{prefix}{index}"] for index in range(count)]


def batch_under(given, prefix):
    return {
        name.removeprefix(prefix): keras.ops.convert_to_tensor(values)
        for name, values in given.items() if name.startswith(prefix)
    }


def take_motion_steps(given, config, phi):
    """Losses of two steps: the second shows what the first has changed."""
    model = MotionModel(
        config, MotionConfig.from_dict(json.loads(str(given["motion"])))
    )
    stage = MotionStage(model, 10, phi)
    model.set_weights(weights_under(given, "moving/"))
    stage.judge.set_weights(weights_under(given, "judge/"))
    step, batch = step_function(stage), batch_under(given, "pairs/")
    return {
        f"motion/{number}/log/{loss}": float(value)
        for number in range(2) for loss, value in step(batch).items()
    }


def take_steps(given):
    config = Config.from_dict(json.loads(str(given["config"])))
    batch = batch_under(given, "batch/")
    phi = FaceFeatures(**PHI)
    phi.set_weights(weights_under(given, "phi/"))
    found = take_motion_steps(given, config, phi)
    for number, stage_class in STAGE_CLASSES.items():
        for name, (make_optimizer, stages) in OPTIMIZERS.items():
            if number not in stages:
                continue
            model = ExprGAN(config)
            model.set_weights(weights_under(given, "model/"))
            stage = stage_class(model, 10, phi, make_optimizer)
            logs = step_function(stage)(batch)
            assert stage.step == 1
            key = f"{number}/{name}/"
            for loss, value in logs.items():
                found[f"{key}log/{loss}"] = float(value)
            for index, variable in enumerate(model.variables):
                found[f"{key}{index}"] = keras.ops.convert_to_numpy(
                    variable.value
                )
    return found


if __name__ == "__main__":
    with np.load(sys.argv[1]) as arrays:
        given = dict(arrays)
    np.savez(sys.argv[2], **take_steps(given))
