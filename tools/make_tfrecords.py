"""Makes a data set of TFRecords from labelled photographs.

    python -m tools.make_tfrecords --source=folder --input=photos \\
        --output=data/photos
    python -m tools.make_tfrecords --list_sources

Finds the face in each photograph, levels it, cuts it out, and writes shards,
`dataset.json`, and a report: `report.html` shows at one look whether the data
is right. Killed, the same command resumes.

Splits named train, validation and test never share a subject. A split of any
other name, such as neutral, is for reference: nothing trains on it, so it may
show anybody. Where the source has no test split, the last tenth of the
subjects makes it.
"""

import pathlib

from absl import flags

from exprgan_tf import commands
from exprgan_tf.errors import UserError

_SOURCE = flags.DEFINE_string("source", "manifest", "see --list_sources")
_LIST = flags.DEFINE_bool(
    "list_sources", False, "print how each source lies on disk, and end"
)
_INPUT = flags.DEFINE_string("input", None, "folder (or file) of the source")
_OUTPUT = flags.DEFINE_string("output", None, "folder to make")
_SPLIT_FILE = flags.DEFINE_string(
    "split_file", None,
    "for --source=oulu: split/oulu_anno.pickle of the authors' release",
)
_CLASSES = flags.DEFINE_list(
    "classes", [],
    "classes, such as happy or upset=angry+disgust (merged); empty: every "
    "expression, and neutral as a reference split",
)
_MAX_PER_CLASS = flags.DEFINE_integer(
    "max_per_class", 0, "most pictures of a class in a split; 0: all", 0
)
_BALANCE = flags.DEFINE_enum(
    "balance", "none", ["none", "trim", "repeat"],
    "make the training classes equal: cut to the rarest, or repeat pictures",
)
_TEST_FRACTION = flags.DEFINE_float(
    "test_fraction", 0.1,
    "share of the subjects for testing, where the source has no test split",
    0.0, 0.9,
)
_VAL_FRACTION = flags.DEFINE_float(
    "val_fraction", 0.0, "share of the training subjects for validation",
    0.0, 0.9,
)
_ALIGN = flags.DEFINE_enum(
    "align", "auto", ["auto", "always", "never"],
    "auto: leave square pictures whole whose face is in place already; "
    "never: all pictures are aligned and square",
)
_MARGIN = flags.DEFINE_float(
    "margin", 0.0,
    "how much more to show around the face, as a share of its side; "
    "negative: less", -0.3, 2.0,
)
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
_STRICT = flags.DEFINE_bool(
    "strict", False, "end with an error when a picture has to be skipped"
)
_WORKERS = flags.DEFINE_integer("workers", 0, "processes; 0: one a core", 0)
_RUNNER = flags.DEFINE_enum(
    "runner", "local", ["local", "beam"],
    "beam: as an Apache Beam pipeline",
)
_BEAM_OPTIONS = flags.DEFINE_list(
    "beam_options", [], "for --runner=beam, such as --runner=FlinkRunner"
)


def main(argv):
    del argv
    from exprgan_tf.data.sources import describe_sources, open_source

    if _LIST.value:
        print(describe_sources())
        return
    if not _INPUT.value or not _OUTPUT.value:
        raise UserError("--input=DIR and --output=DIR are needed")
    from exprgan_tf.data import report
    from exprgan_tf.data.preparation import Options
    from exprgan_tf.data.selection import Selection, parse_classes
    from exprgan_tf.data.writing import make_dataset

    output = pathlib.Path(_OUTPUT.value)
    summary = make_dataset(
        open_source(_SOURCE.value, _INPUT.value, _SPLIT_FILE.value),
        output,
        Selection(
            parse_classes(_CLASSES.value), _MAX_PER_CLASS.value,
            _BALANCE.value, _TEST_FRACTION.value, _VAL_FRACTION.value,
        ),
        Options(
            _IMAGE_SIZE.value, _ALIGN.value, _MARGIN.value, _QUALITY.value
        ),
        _SHARD_RECORDS.value, _OVERWRITE.value, _STRICT.value,
        _WORKERS.value,
        _BEAM_OPTIONS.value if _RUNNER.value == "beam" else None,
    )
    print(report.as_text(summary, output))


if __name__ == "__main__":
    commands.run(main)
