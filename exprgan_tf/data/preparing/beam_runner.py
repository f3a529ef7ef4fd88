"""The same work as an Apache Beam pipeline, for more than one machine.

Two pipelines, since what is stored where depends on every photograph: the
first prepares faces into the work folder, the second writes shards. Both
folders must be visible to all workers.
"""

import json

import tensorflow as tf

from exprgan_tf.data.preparing import report
from exprgan_tf.data.preparing.planning import plan
from exprgan_tf.data.preparing.preparation import prepare
from exprgan_tf.data.records import write_shard
from exprgan_tf.errors import UserError

_FACES, _OUTCOMES, _ENTRIES = "faces", "outcomes", "entries"


def run(
    photos, options, selection, shard_records, partial, work, beam_options=()
):
    """Prepares faces and writes shards.

    Args:
        photos: `Photo`s.
        options: `Options`.
        selection: a `Selection`.
        shard_records: most records of a shard.
        partial: folder for the shards.
        work: folder for what lies between the two pipelines.
        beam_options: command line options of Beam, such as
            "--runner=FlinkRunner".

    Returns:
        `(faces, skipped, entries)` as the local runner gives them.

    Raises:
        UserError: when Beam is not installed, or nothing can be stored.
    """
    try:
        import apache_beam as beam
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError:
        raise UserError(
            "--runner=beam needs Apache Beam: pip install 'exprgan_tf[beam]'"
        ) from None
    pipeline_options = PipelineOptions(list(beam_options))
    with beam.Pipeline(options=pipeline_options) as pipeline:
        prepared = (
            pipeline
            | beam.Create(list(enumerate(photos)))
            | beam.Reshuffle()
            | beam.MapTuple(
                lambda index, photo: (index, *prepare([photo], options))
            )
        )
        _ = (
            prepared
            | "Faces" >> beam.MapTuple(_encode_face)
            | beam.io.WriteToTFRecord(str(work / _FACES))
        )
        _ = (
            prepared
            | "Outcomes" >> beam.MapTuple(lambda index, face: json.dumps(
                [index, face.digest, face.reason]
            ))
            | beam.io.WriteToText(str(work / _OUTCOMES))
        )
    outcomes = [None] * len(photos)
    for index, digest, reason in _read_lines(work, _OUTCOMES):
        outcomes[index] = digest, reason
    shards, skipped = plan(photos, outcomes, selection, shard_records)
    places = {}
    for number, shard in enumerate(shards):
        for position, index in enumerate(shard.indices):
            places.setdefault(index, []).append((number, position))

    def place(serialized):
        index, image = _decode_face(serialized)
        for number, position in places.get(index, ()):
            yield number, (position, index, image)

    def write(number, items):
        faces = [
            (photos[index], image) for _, index, image in sorted(items)
        ]
        entry = write_shard(partial / shards[number].file, faces)
        return json.dumps([number, entry])

    with beam.Pipeline(options=pipeline_options) as pipeline:
        _ = (
            pipeline
            | beam.io.ReadFromTFRecord(str(work / f"{_FACES}-*"))
            | beam.FlatMap(place)
            | beam.GroupByKey()
            | beam.MapTuple(write)
            | beam.io.WriteToText(str(work / _ENTRIES))
        )
    entries = dict(_read_lines(work, _ENTRIES))
    sample = report.sample(photos, shards)
    images = _read_images(work, set(sample))
    return (
        [(photos[index], images[index]) for index in sample], skipped,
        {shard: entries[number] for number, shard in enumerate(shards)},
    )


def _encode_face(index, prepared):
    features = tf.train.Features(feature={
        "index": tf.train.Feature(
            int64_list=tf.train.Int64List(value=[index])
        ),
        "image": tf.train.Feature(
            bytes_list=tf.train.BytesList(value=[prepared.image or b""])
        ),
    })
    return tf.train.Example(features=features).SerializeToString()


def _decode_face(serialized):
    feature = tf.train.Example.FromString(serialized).features.feature
    return (
        feature["index"].int64_list.value[0],
        feature["image"].bytes_list.value[0],
    )


def _read_lines(folder, name):
    for path in sorted(folder.glob(f"{name}-*")):
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)


def _read_images(folder, wanted):
    files = sorted(map(str, folder.glob(f"{_FACES}-*")))
    faces = map(
        _decode_face, tf.data.TFRecordDataset(files).as_numpy_iterator()
    )
    return {index: image for index, image in faces if index in wanted}
