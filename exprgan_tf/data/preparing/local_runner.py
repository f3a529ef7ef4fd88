"""Prepares faces and writes shards in processes of this machine."""

from exprgan_tf.data.preparing import report
from exprgan_tf.data.preparing.planning import plan
from exprgan_tf.data.preparing.workers import Journal, prepare_all
from exprgan_tf.data.records import write_shard


def run(
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
