"""Writes images of a data set as files, to look at or to edit.

    python -m tools.export_images --data_dir=data/ictface128 \\
        --split=neutral --subjects=s072,s073 --output=faces

Writes {subject}_{expression}_{number}.jpg (or .png), as they are stored.
"""

import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_DATA_DIR = flags.DEFINE_string("data_dir", None, "folder with dataset.json")
_SPLIT = flags.DEFINE_string("split", "test", "train, test, neutral, ...")
_SUBJECTS = flags.DEFINE_list("subjects", [], "only these; empty: everybody")
_OUTPUT = flags.DEFINE_string("output", None, "folder for the images")


def main(argv):
    del argv
    if not _DATA_DIR.value or not _OUTPUT.value:
        raise UserError("--data_dir=DIR and --output=DIR are needed")
    from exprgan_tf.data.exporting import export_images
    from exprgan_tf.data.records import Dataset

    dataset = Dataset.open(_DATA_DIR.value)
    unknown = set(_SUBJECTS.value) - set(dataset.subjects(_SPLIT.value))
    if unknown:
        raise UserError(
            f"--subjects: {min(unknown)} is not in split {_SPLIT.value}"
        )
    count = export_images(
        dataset, _SPLIT.value, pathlib.Path(_OUTPUT.value), _SUBJECTS.value
    )
    print(f"{count} images: {_OUTPUT.value}")


if __name__ == "__main__":
    commands.run(main)
