"""From a source of photographs to a data set of TFRecords and its report."""

import collections
import json
import os
import shutil

from exprgan_tf.data import records
from exprgan_tf.data.preparing import local_runner, report
from exprgan_tf.data.preparing.request import Options, Selection
from exprgan_tf.data.preparing.selection import select
from exprgan_tf.errors import UserError


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
        UserError: when the output exists, nothing can be stored, or with
            `strict` something was skipped.
    """
    selection, options = selection or Selection(), options or Options()
    if output.exists() and not overwrite:
        raise UserError(f"--output={output} exists; give --overwrite=true")
    photos, left_out = select(
        source.photos(), selection, source.names_subjects
    )
    partial = output.with_name(f".{output.name}.partial")
    work = output.with_name(f".{output.name}.work")
    try:
        work.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        if beam_options is not None:
            from exprgan_tf.data.preparing import beam_runner

            # What an earlier run left would be read as well.
            shutil.rmtree(work)
            work.mkdir()
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
        description = _describe(
            photos, shards, partial, selection, options, source
        )
        summary = report.summarize(
            description, kept, skipped, left_out, source
        )
        report.write(partial, summary)
        (partial / records.DATASET_FILE).write_text(
            json.dumps(description, indent=1) + "\n", "utf-8"
        )
        _replace(partial, output)
        shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise UserError(f"--output={output}: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return summary


def _describe(photos, shards, folder, selection, options, source):
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
    return {
        "format": records.FORMAT,
        "image_size": options.image_size,
        "classes": list(selection.classes)
        or sorted(splits["train"]["expressions"]),
        "people_known": source.names_subjects,
        "source": source.name,
        "align": options.align,
        "margin": options.margin,
        "splits": splits,
    }


def _replace(partial, output):
    replaced = output.with_name(f".{output.name}.replaced")
    if output.exists():
        os.rename(output, replaced)
    os.rename(partial, output)
    shutil.rmtree(replaced, ignore_errors=True)
