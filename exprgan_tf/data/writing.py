"""From a source of photographs to a data set of TFRecords and its report."""

import collections
import dataclasses
import json
import os
import shutil

import tensorflow as tf

from exprgan_tf.data import records, report
from exprgan_tf.data.preparation import Options
from exprgan_tf.data.selection import (
    EXCLUSIVE_SPLITS,
    Selection,
    balance,
    select,
)
from exprgan_tf.data.workers import Journal, prepare_all
from exprgan_tf.errors import UserError

# A copy of a picture stays in the first of these; so no test picture is lost.
_COPY_ORDER = ("test", "validation", "train")


@dataclasses.dataclass(frozen=True)
class Shard:
    """One file of a data set: its name and, in order, which photographs."""

    split: str
    file: str
    indices: tuple


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
            from exprgan_tf.data import beam_runner

            # What an earlier run left would be read as well.
            shutil.rmtree(work)
            work.mkdir()
            kept, skipped, shards = beam_runner.run(
                photos, options, selection, shard_records, partial, work,
                beam_options,
            )
        else:
            kept, skipped, shards = _run_local(
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


def plan(photos, outcomes, selection, shard_records):
    """Which photographs are stored where; both runners use it.

    Args:
        photos: `Photo`s.
        outcomes: for each `(digest, reason)`, see `Prepared`.
        selection: the `Selection`.
        shard_records: most records of a shard.

    Returns:
        `(shards, skipped)`: a list of `Shard`s whose indices point into
        `photos`, and a list of `(name, reason)`.

    Raises:
        UserError: when no training picture is left.
    """
    skipped, usable, owners = {}, [], {}
    order = sorted(
        range(len(photos)),
        key=lambda index: _rank(photos[index].split, _COPY_ORDER),
    )
    for index in order:
        photo, (digest, reason) = photos[index], outcomes[index]
        if not reason and photo.split in EXCLUSIVE_SPLITS:
            owner = owners.setdefault(digest, photo)
            if owner.split != photo.split:
                reason = f"the same picture as {owner.name} of {owner.split}"
        if reason:
            skipped[index] = photo.name, reason
        else:
            usable.append(index)
    skipped = [skipped[index] for index in sorted(skipped)]
    if not any(photos[index].split == "train" for index in usable):
        first = ": ".join(skipped[0]) if skipped else "there is none"
        raise UserError(f"no training picture could be made; {first}")
    numbers = {photos[index].name: index for index in usable}
    balanced = balance(
        [photos[index] for index in sorted(usable)], selection.balance
    )
    by_split = collections.defaultdict(list)
    for photo in balanced:
        by_split[photo.split].append(numbers[photo.name])
    shards = []
    for split in sorted(
        by_split, key=lambda name: (_rank(name, EXCLUSIVE_SPLITS), name)
    ):
        indices = by_split[split]
        count = -(-len(indices) // shard_records)
        for number in range(count):
            # Every count-th: each shard has a bit of everything.
            shards.append(Shard(
                split, f"{split}-{number:05d}-of-{count:05d}.tfrecord",
                tuple(indices[number::count]),
            ))
    return shards, skipped


def write_shard(path, faces):
    """Writes a shard of `(photo, encoded image)` pairs; returns its entry."""
    count = 0
    with tf.io.TFRecordWriter(str(path)) as writer:
        for photo, image in faces:
            writer.write(records.encode_record(
                image, photo.subject, photo.expression, photo.intensity
            ))
            count += 1
    return {
        "file": path.name, "records": count,
        "sha256": records.file_checksum(path),
    }


def _run_local(
    photos, options, selection, shard_records, partial, work, workers
):
    journal = Journal(work / "faces.sqlite")
    try:
        keys = prepare_all(photos, options, journal, workers)
        outcomes = [journal.outcome(key) for key in keys]
        shards, skipped = plan(photos, outcomes, selection, shard_records)
        entries = {
            shard: write_shard(partial / shard.file, (
                (photos[index], journal.image(keys[index]))
                for index in shard.indices
            ))
            for shard in shards
        }
        sample = report.sample(photos, shards)
        faces = [(photos[i], journal.image(keys[i])) for i in sample]
    finally:
        journal.close()
    return faces, skipped, entries


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


def _rank(name, order):
    return order.index(name) if name in order else len(order)


def _replace(partial, output):
    replaced = output.with_name(f".{output.name}.replaced")
    if output.exists():
        os.rename(output, replaced)
    os.rename(partial, output)
    shutil.rmtree(replaced, ignore_errors=True)
