"""Which photographs are stored where."""

import collections
import dataclasses

import numpy as np

from exprgan_tf.data.preparing.selection import EXCLUSIVE_SPLITS, balance
from exprgan_tf.errors import UserError

# A copy of a picture stays in the first of these; so no test picture is lost.
_COPY_ORDER = ("test", "validation", "train")


@dataclasses.dataclass(frozen=True)
class Shard:
    """One file of a data set: its name and, in order, which photographs."""

    split: str
    file: str
    indices: tuple


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
            same = owners.setdefault(digest, [])
            for owner in same:
                if owner.split != photo.split and _same_face(owner, photo):
                    reason = (
                        f"the same picture as {owner.name} of {owner.split}"
                    )
            same.append(photo)
        if reason:
            skipped[index] = photo.name, reason
        else:
            usable.append(index)
    skipped = [skipped[index] for index in sorted(skipped)]
    if not any(photos[index].split == "train" for index in usable):
        first = ": ".join(skipped[0]) if skipped else "there is none"
        raise UserError(f"no training picture could be made; {first}")
    by_split = collections.defaultdict(list)
    for index in balance(photos, sorted(usable), selection.balance):
        by_split[photos[index].split].append(index)
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


def _same_face(first, second):
    """Whether two entries of one picture may mean one face.

    Those of a group photograph have landmarks that are far apart.
    """
    if first.landmarks is None or second.landmarks is None:
        return True
    points = np.asarray(first.landmarks), np.asarray(second.landmarks)
    apart = np.linalg.norm(points[0].mean(axis=0) - points[1].mean(axis=0))
    return apart < np.linalg.norm(points[0][1] - points[0][0])


def _rank(name, order):
    return order.index(name) if name in order else len(order)
