"""How fast data sets are written.

The carried data set's training images, as files in a folder an expression,
become records: by `make_dataset` with one process and with two (`--align=
never`; finding faces would hide everything else), and by its innermost
function, `write_shard`. The least that it can cost is `tf.io.TFRecordWriter`
on records that are serialized already.
"""

import itertools
import pathlib
import shutil
import tempfile

from benchmarks import plots
from benchmarks.answer import Answer, Table, timing_numbers
from benchmarks.measure import Resident, interleave

TITLE = "Writing records"


def answer(options):
    count = 48 if options.quick else 1296
    actions = {
        "TFRecordWriter alone": "plain", "`write_shard`": "shard",
        "`make_dataset`, 1 process": "one",
        "`make_dataset`, 2 processes": "two",
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        Resident(writers, options.data_dir, count, folder) as resident,
    ):
        timings = interleave(
            {label: (resident, action) for label, action in actions.items()},
            options.rounds, title="writing",
        )
        count = resident.call("count")
    bound, whole = (
        timings[name]
        for name in ("TFRecordWriter alone", "`make_dataset`, 1 process")
    )
    rows = [
        {
            "": label,
            "CPU time, ratio to the writer": timing.ratio(bound),
            "wall time, ratio to the writer": timing.ratio(bound, "wall"),
            "wall time, ratio to 1 process": timing.ratio(whole, "wall"),
            "images/s": count / timing.wall_s,
        } for label, timing in timings.items()
    ]
    return Answer(
        [Table(f"Writing {count} images of 128x128", rows)],
        {"writing.png": plots.bars(
            "Records of 128x128 JPEGs", "images a second",
            {row[""]: row["images/s"] for row in rows},
        )},
        {"timings": timing_numbers(timings), "images": count},
    )


def writers(data_dir, count, folder):
    """The actions; images are read from a data set's training split."""
    from exprgan_tf.support.quiet import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    from exprgan_tf.data.preparing.request import Options
    from exprgan_tf.data.preparing.writing import make_dataset
    from exprgan_tf.data.records import Dataset, write_shard
    from exprgan_tf.data.sources.folder import Folder

    folder = pathlib.Path(folder)
    dataset = Dataset.open(data_dir)
    serialized = list(itertools.islice(
        tf.data.TFRecordDataset([
            str(dataset.folder / shard["file"])
            for shard in dataset.shards("train")
        ]).as_numpy_iterator(), count,
    ))
    for number, example in enumerate(serialized):
        features = tf.train.Example.FromString(example).features.feature
        image, subject, expression = (
            features[name].bytes_list.value[0]
            for name in ("image", "subject", "expression")
        )
        path = (
            folder / "photos" / expression.decode() / subject.decode()
            / f"{number}.jpg"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image)
    source = Folder(folder / "photos")
    faces = [(photo, photo.path.read_bytes()) for photo in source.photos()]

    def plain():
        with tf.io.TFRecordWriter(str(folder / "plain.tfrecord")) as writer:
            for example in serialized:
                writer.write(example)

    def made(workers):
        output = folder / "made"
        make_dataset(
            Folder(folder / "photos"), output,
            options=Options(image_size=dataset.image_size, align="never"),
            workers=workers,
        )
        shutil.rmtree(output)

    return {
        "plain": plain,
        "shard": lambda: write_shard(folder / "shard.tfrecord", faces),
        "one": lambda: made(1), "two": lambda: made(2),
        "count": lambda: len(serialized),
    }
