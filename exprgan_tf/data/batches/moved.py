"""Moved photographs in memory: pictures, and how each came about."""

import collections
import concurrent.futures
import dataclasses

import numpy as np
import scipy.linalg
from PIL import Image

from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.batches.examples import Records
from exprgan_tf.data.motions import decode_motion, resize_motion
from exprgan_tf.errors import UserError
from exprgan_tf.pictures.files import decode_picture

_THREADS = 4
# The network makes nothing darker; between lips the ratio does.
_DARKEST = 0.55
# A field has half the side of its picture.
STRIDE = 2


@dataclasses.dataclass(frozen=True)
class Moved:
    """The pictures of one photograph, as numbers.

    Attributes:
        untouched: the one of which all others were made.
        neutral: the neutral one; another where the photograph shows an
            expression, which was taken back.
        others: int `[n]`, those with expressions, of known intensity.
    """

    untouched: int
    neutral: int
    others: np.ndarray

    @property
    def targets(self):
        """int `[n]`, what may be asked of the untouched one."""
        if self.neutral == self.untouched:
            return self.others
        return np.append(self.others, self.neutral)


class MovedPhotographs:
    """Pictures of photographs that were moved, by photograph.

    All lie in memory, 74 kB each at 128 pixels.

    Args:
        dataset: a `Dataset` with motions.
        config: the run's `Config`, with its classes named.
        splits: those whose pictures are taken, "neutral" among them.
        subjects: only these people.

    Attributes:
        images: uint8 `[n, s, s, 3]`.
        fields: float16 `[n, s/2, s/2, 4]`: displacement from the untouched
            picture in shares of the side (x, y), mask, and the logarithm of
            the ratio.
        labels: int `[n]`, -1 for neutral pictures.
        intensities: float32 `[n]`, 0 for neutral pictures; not known of an
            untouched one that is not neutral.
        photographs: a list of `Moved`.

    Raises:
        UserError: when the data has no motions, or does not say of which
            photograph a picture was made.
    """

    def __init__(self, dataset, config, splits, subjects):
        self.classes = config.classes
        side = config.image_size
        records = Records([
            dataset.folder / shard["file"]
            for split in splits if split in dataset.splits
            for shard in dataset.shards(split)
        ])
        subjects = set(subjects)
        numbers, self.labels, self.intensities = [], [], []
        places = collections.defaultdict(list)
        for number, record in enumerate(records):
            if record["subject"] not in subjects or not record["motion"]:
                continue
            name = record["expression"]
            places[record["subject"], record["photograph"]].append(
                len(numbers)
            )
            numbers.append(number)
            self.labels.append(
                -1 if name == NEUTRAL else self.classes.index(name)
            )
            self.intensities.append(
                0.0 if name == NEUTRAL else max(record["intensity"], 0.0)
            )
        self.labels = np.array(self.labels)
        self.intensities = np.array(self.intensities, "float32")
        self.images = np.empty((len(numbers), side, side, 3), "uint8")
        self.fields = np.empty(
            (len(numbers), side // STRIDE, side // STRIDE, 4), "float16"
        )

        def read(place):
            record = records[numbers[place]]
            self.images[place] = record_picture(record["image"], side)
            self.fields[place] = _field(record["motion"], side // STRIDE)

        with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
            for _ in pool.map(read, range(len(numbers)), chunksize=64):
                pass
        self.photographs = self._by_photograph(places, dataset.folder)

    def _by_photograph(self, places, folder):
        still = ~self.fields.any(axis=(1, 2, 3))
        made = []
        for (subject, _), numbers in places.items():
            numbers = np.array(numbers)
            neutral = self.labels[numbers] < 0
            untouched = numbers[still[numbers]]
            if len(untouched) > 1:
                raise UserError(
                    f"--data_dir={folder}: two untouched pictures of "
                    f"{subject}, and nothing says which was moved; make the "
                    "data again with exprgan make-tfrecords"
                )
            others = numbers[~still[numbers] & ~neutral]
            if len(others) and len(untouched) and neutral.any():
                made.append(Moved(
                    int(untouched[0]),
                    # A neutral one that was moved is more so.
                    int(min(numbers[neutral], key=lambda each: still[each])),
                    others,
                ))
        if not made:
            raise UserError(
                f"--data_dir={folder}: no photograph that was moved, with "
                "its untouched picture, among these people; make the data "
                "with exprgan animate-photos and make-tfrecords"
            )
        return made

    def mean_fields(self):
        """float32 `[K, s/2, s/2, 4]`: what a unit of intensity moves.

        Least squares over the pictures of neutral photographs; zeros for an
        expression that none shows.
        """
        means = np.zeros(
            (len(self.classes), *self.fields.shape[1:]), "float32"
        )
        for label, mean in enumerate(means):
            weight = 0.0
            for place in self._of_neutral(label):
                intensity = self.intensities[place]
                mean += intensity * self.fields[place].astype("float32")
                weight += intensity**2
            mean /= max(weight, 1e-6)
        return means

    def ratio_modes(self, means, count):
        """float32 `[K, count, s/2, s/2]`: how ratios differ from their mean.

        The principal components of the logarithm of the ratio, where a
        picture is not new, less its mean; each as large as it is usual at
        intensity 1. Zeros where there are fewer pictures.

        Args:
            means: as of `mean_fields`.
            count: of the components of an expression.
        """
        side = self.fields.shape[1]
        pixels = side**2
        found = min(count, pixels)
        modes = np.zeros((len(means), count, pixels), "float32")
        for label, mean in enumerate(means):
            places = self._of_neutral(label)
            fields = self.fields[places].astype("float32")
            strength = self.intensities[places][:, None, None]
            rest = (1.0 - np.clip(fields[..., 2], 0.0, 1.0)) * (
                fields[..., 3] - strength * mean[..., 3]
            )
            rest = rest.reshape(len(places), pixels)
            squares, vectors = scipy.linalg.eigh(
                rest.T @ rest, subset_by_index=(pixels - found, pixels - 1)
            )
            usual = np.sqrt(np.maximum(squares, 0.0)) / max(
                np.linalg.norm(strength), 1e-6
            )
            modes[label, :found] = (usual * vectors).T[::-1]
        return modes.reshape(len(means), count, side, side)

    def _of_neutral(self, label):
        """Places of the pictures with an expression of neutral photographs."""
        of_neutral = np.zeros(len(self.labels), bool)
        for moved in self.photographs:
            of_neutral[moved.others] = moved.neutral == moved.untouched
        return np.flatnonzero(of_neutral & (self.labels == label))

    def intensities_of(self, place):
        """float32 `[K]`, the code of a picture."""
        code = np.zeros(len(self.classes), "float32")
        if self.labels[place] >= 0:
            code[self.labels[place]] = self.intensities[place]
        return code


def record_picture(data, side):
    """The picture of a record, uint8 `[side, side, 3]`."""
    picture = decode_picture(data)
    if picture.shape[0] == side:
        return picture
    return np.asarray(Image.fromarray(picture).resize(
        (side, side), Image.Resampling.BOX
        if picture.shape[0] > side else Image.Resampling.BICUBIC,
    ))


def _field(data, side):
    x, y, ratio, mask = np.moveaxis(
        resize_motion(decode_motion(data), side), -1, 0
    )
    return np.stack([
        x / side, y / side, mask, np.log(np.maximum(ratio, _DARKEST))
    ], -1)
