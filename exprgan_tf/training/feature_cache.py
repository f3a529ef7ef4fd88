"""phi of the training images, computed once and kept in the run folder.

An image comes in two forms, as it is and mirrored, so each has two rows in
the file: row 2 i is the image at place i of the training split, row 2 i + 1 its
mirror image. A row holds the feature maps one after another as float16.
The name of the file is a fingerprint of what the rows depend on, so another
phi or other data never meet it. It grows under another name, a killed run
goes on where it ends, and it gets its name when it is whole.
"""

import hashlib
import json
import os
import re
import shutil

import filelock
import numpy as np
from keras import ops

from exprgan_tf.data.batches import stored_images
from exprgan_tf.data.subjects import TRAIN
from exprgan_tf.errors import UserError
from exprgan_tf.support.progress import progress_bar

_IMAGES_AT_ONCE = 8
# Names of such files, whole or not, and of no others.
_OWN = re.compile(r"(\.partial\.)?[0-9a-f]{16}\.f16")
# What is left on the disk for checkpoints and models.
_SPARE_BYTES = 1 << 30


class FeatureCache:
    """Feature maps on disk, for batches of `training_batches`.

    Args:
        path: a whole file.
        shapes: `[height, width, channels]` of each feature map.
    """

    def __init__(self, path, shapes):
        self.path = path
        self._shapes = [tuple(shape) for shape in shapes]
        self._rows = np.memmap(path, "float16", mode="r").reshape(
            -1, _row_length(shapes)
        )
        self._ends = np.cumsum([np.prod(shape) for shape in self._shapes])

    def join(self, batch):
        """The batch of a `tf.data.Dataset` with "face_features".

        For its "row" `[n]` a tuple of float16
        `[n, height, width, channels]`, one a feature map.
        """
        import tensorflow as tf

        features = tf.numpy_function(
            self.read, [batch["row"]], [tf.float16] * len(self._shapes)
        )
        for feature, shape in zip(features, self._shapes, strict=True):
            feature.set_shape((*batch["row"].shape, *shape))
        return {**batch, "face_features": tuple(features)}

    def read(self, rows):
        """Arrays `[n, height, width, channels]` of row numbers `[n]`."""
        starts = [0, *self._ends[:-1]]
        return [
            self._rows[:, start:end][rows].reshape(len(rows), *shape)
            for start, end, shape in zip(
                starts, self._ends, self._shapes, strict=True
            )
        ]


def feature_cache(dataset, config, phi, run):
    """The cache of a run, made or finished first where it is not whole.

    Args:
        dataset: a `Dataset`.
        config: the run's `Config`.
        phi: the run's `FaceFeatures`.
        run: the `RunFolder`.

    Returns:
        A `FeatureCache`.

    Raises:
        UserError: when the disk has no room for it, or a number of phi is
            too large for 16 bits.
    """
    folder = run.feature_cache
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_fingerprint(dataset, config, phi)}.f16"
    partial = path.with_name(f".partial.{path.name}")
    # Where workers share the folder, one writes and the others wait.
    with filelock.FileLock(run.path / f".{folder.name}.lock"):
        for other in folder.iterdir():
            if other not in (path, partial) and _OWN.fullmatch(other.name):
                other.unlink()
        if not path.exists():
            with partial.open("ab") as file:
                _write(dataset, config, phi, file)
            os.replace(partial, path)
    return FeatureCache(path, phi.feature_shapes)


def _write(dataset, config, phi, file):
    """Appends what the file lacks."""
    image_bytes = 2 * 2 * _row_length(phi.feature_shapes)
    count = sum(shard["records"] for shard in dataset.shards(TRAIN))
    done = min(file.tell() // image_bytes, count)
    file.truncate(done * image_bytes)
    _require_space(file.name, count * image_bytes, done * image_bytes)
    images = stored_images(dataset, config, done, _IMAGES_AT_ONCE)
    with progress_bar(
        count, "face features (Eq. 7)", "image", done
    ) as progress:
        for batch in images:
            file.write(_rows(phi, batch).tobytes())
            progress.update(len(batch))
    file.flush()
    os.fsync(file.fileno())


def _rows(phi, images):
    """float16 `[2 n, m]`: each image and, behind it, its mirror image."""
    both = np.stack([images, images[:, :, ::-1]], axis=1)
    features = phi(both.reshape(-1, *images.shape[1:]))
    rows = np.concatenate(
        [
            ops.convert_to_numpy(feature).reshape(len(feature), -1)
            for feature in features
        ],
        axis=1,
    )
    largest = np.abs(rows).max()
    if not largest <= np.finfo("float16").max:
        raise UserError(
            f"--cache_face_features: phi gives {largest:.0f}, too large for "
            "16 bits; train without it"
        )
    return rows.astype("float16")


def _require_space(path, total, done):
    folder = os.path.dirname(path)
    free = shutil.disk_usage(folder).free
    print(
        f"--cache_face_features: {total / 1e6:.1f} MB in {folder}, "
        f"{done / 1e6:.1f} MB of it there; may be deleted after the run"
    )
    if total - done + _SPARE_BYTES > free:
        raise UserError(
            f"--cache_face_features: {folder} has {free / 1e6:.1f} MB "
            f"free, {(total - done + _SPARE_BYTES) / 1e6:.1f} MB are needed; "
            "a smaller --face_feature_size needs less"
        )


def _fingerprint(dataset, config, phi):
    """A short text that tells other features from these."""
    digest = hashlib.sha256(json.dumps([
        phi.get_config(), config.mixed_precision, config.image_size,
        config.pixel_normalization,
        [shard["sha256"] for shard in dataset.shards(TRAIN)],
    ]).encode())
    for weights in phi.get_weights():
        digest.update(np.ascontiguousarray(weights).tobytes())
    return digest.hexdigest()[:16]


def _row_length(shapes):
    return int(sum(np.prod(shape) for shape in shapes))
