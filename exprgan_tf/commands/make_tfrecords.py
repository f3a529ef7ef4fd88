"""Makes a data set of labelled photographs.

    exprgan make-tfrecords --source=folder --input=photos --output=data/photos
    exprgan make-tfrecords --list_sources

Finds the face in each photograph, levels it, cuts it out, and writes shards,
`dataset.json`, and a report: `report.html` shows at one look whether the data
is right. Killed, the same command resumes.

Splits named train, validation and test never share a subject. A split of any
other name, such as neutral, is for reference: nothing trains on it, so it may
show anybody. Where the source has no test split, the last tenth of the
subjects makes it.
"""

import pathlib

from exprgan_tf.commands.running import run
from exprgan_tf.data.preparing.request import (
    DatasetRequest,
    Options,
    Selection,
)
from exprgan_tf.errors import UserError

SETTINGS = (DatasetRequest, Selection, Options)


def main(request, selection, options):
    from exprgan_tf.data.sources import describe_sources, open_source

    if request.list_sources:
        print(describe_sources())
        return
    if not request.input or not request.output:
        raise UserError("--input=DIR and --output=DIR are needed")
    from exprgan_tf.data.preparing import report
    from exprgan_tf.data.preparing.writing import make_dataset

    output = pathlib.Path(request.output)
    summary = make_dataset(
        open_source(request.source, request.input, request.split_file),
        output, selection, options, request.shard_records, request.overwrite,
        request.strict, request.workers,
        request.beam_options if request.runner == "beam" else None,
    )
    print(report.as_text(summary, output))


if __name__ == "__main__":
    run(main, SETTINGS)
