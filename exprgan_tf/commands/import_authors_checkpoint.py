"""Makes a model of the authors' checkpoint.

    exprgan import-authors-checkpoint --checkpoint=checkpoint/model-27 \\
        --output=authors.keras

Reads the files that TensorFlow 1 wrote, with networks of any widths, and
prints which variable went where. It refuses a checkpoint with a variable that
it does not know. The model serves every other command.

The authors' code never updates the moving statistics of batch normalization.
The encoder and the decoder have none. Q and the discriminators do; give
--calibrate a data set to estimate them on its training images.
"""

import dataclasses

from exprgan_tf.commands.running import run
from exprgan_tf.errors import UserError
from exprgan_tf.support.settings import setting


@dataclasses.dataclass(frozen=True)
class ImportRequest:
    """Which checkpoint becomes which model."""

    checkpoint: str | None = setting(
        None, "its prefix (without .index), or its folder", needed=True
    )
    output: str | None = setting(
        None, "model to write, *.keras", needed=True
    )
    overwrite: bool = setting(False, "replace --output")
    classes: tuple[str, ...] = setting(
        (),
        "names of the expressions in label order; empty: those of Oulu-CASIA",
    )
    calibrate: str | None = setting(
        None, "data set for the statistics of batch normalization"
    )

    def __post_init__(self):
        if not self.output.endswith(".keras"):
            raise UserError(f"--output={self.output}: must end in .keras")


SETTINGS = (ImportRequest,)


def main(request):
    from exprgan_tf.conversion import authors_checkpoint
    from exprgan_tf.conversion.calibration import calibrate
    from exprgan_tf.data.records import Dataset
    from exprgan_tf.model_files.heads import is_model_file
    from exprgan_tf.support.places import require_new

    require_new(
        request.output, request.overwrite, {"checkpoint": request.checkpoint},
        is_model_file,
    )
    dataset = Dataset.open(request.calibrate) if request.calibrate else None
    model, mapping = authors_checkpoint.import_checkpoint(
        authors_checkpoint.read_checkpoint(request.checkpoint),
        request.classes,
    )
    for name, path in mapping:
        print(f"{name} -> {path}")
    print(f"mapped all {len(mapping)} variables of the checkpoint")
    for note in authors_checkpoint.notes(model, mapping):
        print(note)
    if dataset:
        count = calibrate(model, dataset)
        print(f"batch normalization: statistics of {count} images of "
              f"{request.calibrate}")
    model.save(request.output)
    print(f"model: {request.output}")


if __name__ == "__main__":
    run(main, SETTINGS)
