"""A tiny data set of moved photographs, whose motions are known exactly."""

import numpy as np
from conftest import tiny_config

from exprgan_tf.config_motion import MotionConfig
from exprgan_tf.data import records
from exprgan_tf.data.batches.moved import MovedPhotographs
from exprgan_tf.data.motions import encode_motion
from exprgan_tf.data.records import Dataset
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.networks.composing import compose
from exprgan_tf.pictures.files import encode_picture

SIDE = 32
CLASSES = ("happy", "sad", "surprise")
# Displacements of the whole face at intensity 1, pixels (x, y).
MOVES = {"happy": (3.0, 0.0), "sad": (0.0, -3.0), "surprise": (0.0, 3.0)}


# What `shifting` moves, shares of the side.
HAPPY = np.float32([2 / SIDE, 0, 0, 0])


def shifting():
    """A `MotionModel` that moves what it sees by two of its pixels when happy
    is asked for, and paints nothing."""
    made = MotionModel(tiny_config(), tiny_motion())
    made.set_mean_motion(np.broadcast_to(
        np.stack([HAPPY, 0 * HAPPY, 0 * HAPPY])[:, None, None],
        (3, SIDE // 2, SIDE // 2, 4),
    ))
    for name in ("moved", "fine"):
        layer = made.network.get_layer(name)
        layer.set_weights([0 * value for value in layer.get_weights()])
    bias = made.network.get_layer("fine").bias
    bias.assign(np.where(np.arange(20) % 5 == 3, -20.0, 0.0))
    return made


def tiny_motion(**changes):
    return MotionConfig(**{
        "motion_channels": (8, 16, 16), "motion_code_units": 8,
        "motion_modes": 2,
        "motion_batch_size": 4, "motion_epochs": 2, "motion_average": 0.5,
        **changes,
    })


def picture_of(seed):
    """float32 `[s, s, 3]` in [-1, 1], smooth, another for each seed."""
    generator = np.random.default_rng(seed)
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    waves = [
        np.sin(2 * np.pi * (generator.integers(1, 3) * x
                            + generator.integers(1, 3) * y
                            + generator.uniform()))
        for _ in range(3)
    ]
    return 0.7 * np.stack(waves, -1).astype("float32")


def motion_of(expression, intensity):
    """float32 `[s, s, 4]`: of the middle, darker and with a mouth when
    surprised."""
    y, x = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE - 0.5
    near = np.exp(-12 * (x**2 + y**2))[..., None]
    motion = np.zeros((SIDE, SIDE, 4), "float32")
    motion[..., 2] = 1
    if expression != "neutral":
        motion[..., :2] = intensity * near * MOVES[expression]
    if expression == "surprise":
        motion[..., 2:3] = np.exp(-0.4 * intensity * near)
        motion[20:26, 12:20, 3] = 1
    return motion


def moved_picture(untouched, motion):
    """What `compose` makes of it, the mouth black."""
    made = np.asarray(compose(
        untouched[None], motion[None, ..., :2] / SIDE,
        motion[None, ..., 2:3], motion[None, ..., 3:],
        np.full((1, SIDE, SIDE, 3), -1.0, "float32"),
    ))[0]
    return np.clip(np.rint((made + 1) * 127.5), 0, 255).astype("uint8")


def config_for(data, **changes):
    return tiny_config(data_dir=str(data), **changes)


def moved_photographs(data, subjects=("anna", "bert", "cleo")):
    return MovedPhotographs(
        Dataset.open(data), config_for(data), ("train", "neutral"), subjects
    )


def nothing(images):
    """Maps of a motion that changes nothing, but for its colours."""
    count, side = images.shape[:2]
    maps = np.zeros((count, side, side, 1), "float32")
    return {
        "displacement": np.zeros((count, side // 2, side // 2, 2), "float32"),
        "ratio": maps + 1, "mask": maps, "colours": 0 * images,
    }


def write_moved(folder, photographs=True, shows=False):
    """Three people, the first with two photographs, and one for testing.

    With `shows` there is a fifth, who is happy in the photograph: that was
    taken back for the neutral picture, and before anything else.
    """
    import tensorflow as tf

    folder.mkdir()
    splits = {
        name: {"records": 0, "subjects": {}, "expressions": {}, "shards": []}
        for name in ("train", "test", "neutral")
    }
    rows = {name: [] for name in splits}
    people = [("anna", 0), ("anna", 1), ("bert", 2), ("cleo", 3), ("dora", 4)]
    if shows:
        people.append(("emil", 5))
    for subject, seed in people:
        untouched = picture_of(seed)
        pictures = [
            (name, 0.0 if name == "neutral" else 0.4 + 0.2 * number,
             motion_of(name, 0.4 + 0.2 * number))
            for number, name in enumerate(("neutral", *CLASSES))
        ]
        if subject == "emil":
            for _, _, motion in pictures:
                motion[..., :2] -= motion_of("happy", 0.8)[..., :2]
            pictures.append(("happy", -1.0, motion_of("neutral", 0.0)))
        for name, intensity, motion in pictures:
            split = name if name == "neutral" else (
                "test" if subject == "dora" else "train"
            )
            rows[split].append((subject, name, records.encode_record(
                encode_picture(moved_picture(untouched, motion)), subject,
                name, intensity, encode_motion(motion),
                f"{subject}/{seed}.jpg" if photographs else None,
            )))
    for split, entry in splits.items():
        path = folder / f"{split}-00000-of-00001.tfrecord"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for subject, name, record in rows[split]:
                writer.write(record)
                for kind, key in (("subjects", subject),
                                  ("expressions", name)):
                    entry[kind][key] = entry[kind].get(key, 0) + 1
        entry["records"] = len(rows[split])
        entry["shards"].append({
            "file": path.name, "records": len(rows[split]),
            "motions": len(rows[split]),
            "sha256": records.file_checksum(path),
        })
    records.write_description(folder, SIDE, CLASSES, splits)
    return folder
