"""Makes a data set of TFRecords from a manifest and a folder of faces.

    python -m tools.make_tfrecords --manifest=faces/manifest.csv \\
        --output=data/faces

The manifest is a CSV file with the columns `path` (relative to --images, by
default the manifest's own folder), `subject` and `expression`, and where they
are known `intensity` (0 to 1) and `split`. The faces are aligned already.

Splits named train, validation and test never share a subject. A split of any
other name, such as neutral, is for reference: nothing trains on it, so it may
show anybody. Without a `split` column the last tenth of the subjects, at
least one, makes the test split.
"""

import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_MANIFEST = flags.DEFINE_string("manifest", None, "the CSV file")
_IMAGES = flags.DEFINE_string(
    "images", None, "folder of the paths; default: the manifest's"
)
_OUTPUT = flags.DEFINE_string("output", None, "folder to make")
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size", 128, "side of the stored images in pixels", 16, 1024
)
_SHARD_RECORDS = flags.DEFINE_integer(
    "shard_records", 512, "most records of a shard", 1
)
_QUALITY = flags.DEFINE_integer(
    "jpeg_quality", 95, "of pictures that have to be encoded anew", 1, 100
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "replace --output")


def main(argv):
    del argv
    if not _MANIFEST.value or not _OUTPUT.value:
        raise UserError("--manifest=FILE.csv and --output=DIR are needed")
    from exprgan_tf.data.files import make_dataset
    from exprgan_tf.data.manifest import read_manifest

    manifest = pathlib.Path(_MANIFEST.value)
    description = make_dataset(
        read_manifest(manifest),
        pathlib.Path(_IMAGES.value or manifest.parent),
        pathlib.Path(_OUTPUT.value),
        _IMAGE_SIZE.value, _SHARD_RECORDS.value, _QUALITY.value,
        _OVERWRITE.value,
    )
    for name, split in description["splits"].items():
        print(f"{name}: {split['records']} images of "
              f"{len(split['subjects'])} subjects, {split['expressions']}")


if __name__ == "__main__":
    commands.run(main)
