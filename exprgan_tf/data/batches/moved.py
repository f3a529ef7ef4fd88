"""Moved photographs in memory: pictures, and how each came about."""

import collections
import concurrent.futures
import dataclasses

import numpy as np
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
        of_neutral = np.zeros(len(self.labels), bool)
        for moved in self.photographs:
            of_neutral[moved.others] = moved.neutral == moved.untouched
        means = np.zeros(
            (len(self.classes), *self.fields.shape[1:]), "float32"
        )
        for label, mean in enumerate(means):
            weight = 0.0
            for place in np.flatnonzero(of_neutral & (self.labels == label)):
                intensity = self.intensities[place]
                mean += intensity * self.fields[place].astype("float32")
                weight += intensity**2
            mean /= max(weight, 1e-6)
        return means

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
