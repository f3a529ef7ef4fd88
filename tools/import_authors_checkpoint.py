"""Makes a model of a checkpoint of the authors' released code.

    python -m tools.import_authors_checkpoint \\
        --checkpoint=checkpoint/model-27 --output=authors.keras

Reads the files that TensorFlow 1 wrote, with networks of any widths, and
prints which variable went where. It refuses a checkpoint with a variable that
it does not know. The model serves every other command.

The authors' code never updates the moving statistics of batch normalization.
The encoder and the decoder have none. Q and the discriminators do; give
--calibrate a data set to estimate them on its training images.
"""

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_CHECKPOINT = flags.DEFINE_string(
    "checkpoint", None, "its prefix (without .index), or its folder"
)
_OUTPUT = flags.DEFINE_string("output", None, "model to write, *.keras")
_CLASSES = flags.DEFINE_list(
    "classes", [],
    "names of the expressions in label order; empty: those of Oulu-CASIA",
)
_CALIBRATE = flags.DEFINE_string(
    "calibrate", None, "data set for the statistics of batch normalization"
)


def main(argv):
    del argv
    if not _CHECKPOINT.value or not _OUTPUT.value:
        raise UserError("--checkpoint=PREFIX and --output=MODEL are needed")
    if not _OUTPUT.value.endswith(".keras"):
        raise UserError(f"--output={_OUTPUT.value}: must end in .keras")
    from exprgan_tf.conversion import authors_checkpoint
    from exprgan_tf.conversion.calibration import calibrate
    from exprgan_tf.data.records import Dataset

    dataset = Dataset.open(_CALIBRATE.value) if _CALIBRATE.value else None
    model, mapping = authors_checkpoint.import_checkpoint(
        authors_checkpoint.read_checkpoint(_CHECKPOINT.value), _CLASSES.value
    )
    for name, path in mapping:
        print(f"{name} -> {path}")
    print(f"mapped all {len(mapping)} variables of the checkpoint")
    for note in authors_checkpoint.notes(model, mapping):
        print(note)
    if dataset:
        count = calibrate(model, dataset)
        print(f"batch normalization: statistics of {count} images of "
              f"{_CALIBRATE.value}")
    model.save(_OUTPUT.value)
    print(f"model: {_OUTPUT.value}")


if __name__ == "__main__":
    commands.run(main)
