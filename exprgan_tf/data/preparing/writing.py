"""From a source of photographs to a data set of TFRecords and its report."""

import collections

from exprgan_tf.data import records
from exprgan_tf.data.preparing import local_runner, report
from exprgan_tf.data.preparing.request import Options, Selection
from exprgan_tf.data.preparing.selection import notes_on, select
from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import (
    beside,
    own_folder,
    remove_own,
    whole_folder,
)
from exprgan_tf.support.places import require_apart


def make_dataset(
    source, output, selection=None, options=None, shard_records=512,
    overwrite=False, strict=False, workers=0, beam_options=None,
):
    """Writes shards, `dataset.json`, `report.json` and `report.html`.

    The folder appears only when it is whole. Killed, the same call resumes:
    faces that are done wait in `.NAME.work` beside the output.

    Args:
        source: a `Source`.
        output: folder to make, a `pathlib.Path`.
        selection: a `Selection`.
        options: an `Options`.
        shard_records: most records of a shard.
        overwrite: whether to replace an existing folder.
        strict: whether a photograph that is skipped is an error.
        workers: processes; 0: one a core.
        beam_options: run as an Apache Beam pipeline with these options;
            None: in processes of this machine.

    Returns:
        The report, a dict as in `report.json`.

    Raises:
        UserError: when the output exists or is where photographs are read,
            nothing can be stored, or with `strict` something was skipped.
    """
    selection, options = selection or Selection(), options or Options()
    require_apart(output, {"input": source.folder})
    work = beside(output, "work")
    with whole_folder(output, "a data set", overwrite) as partial:
        photos, left_out = select(
            source.photos(), selection, source.names_subjects
        )
        # What an earlier run left would be read by Beam as well.
        own_folder(work, keep=beam_options is None)
        if beam_options is not None:
            from exprgan_tf.data.preparing import beam_runner

            kept, skipped, shards = beam_runner.run(
                photos, options, selection, shard_records, partial, work,
                beam_options,
            )
        else:
            kept, skipped, shards = local_runner.run(
                photos, options, selection, shard_records, partial, work,
                workers,
            )
        skipped = source.skipped + skipped
        if strict and skipped:
            name, reason = skipped[0]
            raise UserError(
                f"--strict: {len(skipped)} skipped, the first: {name}: "
                f"{reason}"
            )
        splits = _splits(photos, shards)
        description = records.write_description(
            partial, options.image_size,
            selection.classes or sorted(splits["train"]["expressions"]),
            splits, people_known=source.names_subjects, source=source.name,
            align=options.align, margin=options.margin,
        )
        summary = report.summarize(
            description, kept, skipped, left_out, source,
            [*source.notes, *notes_on(photos)],
        )
        report.write(partial, summary)
    remove_own(work)
    return summary


def _splits(photos, shards):
    splits = {}
    for shard, entry in shards.items():
        split = splits.setdefault(shard.split, {
            "records": 0, "expressions": collections.Counter(),
            "subjects": collections.Counter(), "shards": [],
        })
        split["records"] += entry["records"]
        split["shards"].append(entry)
        for index in shard.indices:
            split["expressions"][photos[index].expression] += 1
            split["subjects"][photos[index].subject] += 1
    for split in splits.values():
        for name in ("expressions", "subjects"):
            split[name] = dict(sorted(split[name].items()))
    return splits
