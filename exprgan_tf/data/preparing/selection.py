"""Which photographs of a source enter a data set, and in which split."""

import collections
import dataclasses
import hashlib
import os

from exprgan_tf.config import NEUTRAL
from exprgan_tf.errors import UserError
from exprgan_tf.support.places import printable

# No subject is in two of these. Splits of other names are for reference.
EXCLUSIVE_SPLITS = ("train", "validation", "test")
# Those of others that are made here.
_REFERENCE = (NEUTRAL, "ladder")


def select(photos, selection, names_subjects=True):
    """Photographs with their class, subject and split.

    Args:
        photos: `Photo`s of a source.
        selection: a `Selection`.
        names_subjects: whether subjects of the source are people. If not,
            each photograph counts as a subject of its own.

    Returns:
        `(photos, left_out)`: photos as they are to be stored, and a list of
        `(name, reason)`.

    Raises:
        UserError: when nothing remains, a subject would be in two splits, or
            there is no training or test split.
    """
    left_out = []
    chosen = []
    wanted = {
        expression: name
        for name, expressions in selection.classes.items()
        for expression in expressions
    }
    root = os.path.commonpath([
        os.path.abspath(photo.path.parent) for photo in photos
    ])
    for photo in photos:
        key = os.path.abspath(photo.path).removeprefix(root)
        if photo.label:
            key = photo.label.replace(str(photo.path), photo.path.name)
        photo = dataclasses.replace(
            photo, key=key, expression=printable(photo.expression),
            subject=printable(photo.subject)
            if names_subjects and photo.subject
            else f"file-{_digest(key)[:12]}",
        )
        if photo.expression in wanted:
            chosen.append(dataclasses.replace(
                photo, expression=wanted[photo.expression]
            ))
        elif photo.expression == NEUTRAL:
            # Neutral faces are what edits start from.
            chosen.append(dataclasses.replace(
                photo, split=photo.split or NEUTRAL
            ))
        elif wanted:
            left_out.append(
                (photo.name, f"{photo.expression} is not among --classes")
            )
        else:
            chosen.append(photo)
    missing = set(selection.classes) - {photo.expression for photo in chosen}
    if missing:
        found = sorted({photo.expression for photo in photos})
        raise UserError(
            f"--classes: no photograph shows {min(missing)}; the source has "
            f"{', '.join(found)}"
        )
    chosen, over = _limited(_with_splits(chosen, selection), selection)
    return chosen, left_out + over


def notes_on(photos):
    """What may not be meant so, texts.

    Args:
        photos: as `select` returns them.
    """
    notes = []
    splits = {photo.split for photo in photos}
    if "test" not in splits:
        notes.append("nobody is in a split named test, to evaluate models on")
    notes += [
        f"split {name!r} is for reference: nothing trains or tests on it"
        for name in sorted(splits - {*EXCLUSIVE_SPLITS, *_REFERENCE})
    ]
    labels = collections.defaultdict(set)
    for photo in photos:
        labels[photo.name, photo.landmarks].add(photo.expression)
    several = [
        f"{name} ({', '.join(sorted(found))})"
        for (name, _), found in labels.items() if len(found) > 1
    ]
    if several:
        notes.append(
            f"pictures with more than one expression: {len(several)}, the "
            f"first: {several[0]}"
        )
    return notes


def _with_splits(photos, selection):
    has_neutral_class = any(
        NEUTRAL in expressions for expressions in selection.classes.values()
    )
    open_subjects = sorted({
        photo.subject for photo in photos if photo.split is None
    })
    has_test = any(photo.split == "test" for photo in photos)
    homes = {}
    for photo in photos:
        if photo.split in EXCLUSIVE_SPLITS:
            home = homes.setdefault(photo.subject, photo.split)
            if home != photo.split:
                raise UserError(
                    f"subject {photo.subject!r} is in both {home} and "
                    f"{photo.split}"
                )
    free = [name for name in open_subjects if name not in homes]
    # Splits that somebody has made stay as they are.
    if not has_test and (free or not homes):
        free, test = _last(free, selection.test_fraction)
        homes.update(dict.fromkeys(test, "test"))
    homes.update(dict.fromkeys(free, "train"))
    training = sorted(
        name for name, split in homes.items() if split == "train"
    )
    if selection.val_fraction:
        _, validation = _last(training, selection.val_fraction)
        homes.update(dict.fromkeys(validation, "validation"))
    result = []
    for photo in photos:
        split = photo.split
        if split is None or split in EXCLUSIVE_SPLITS:
            split = homes[photo.subject]
        if (
            photo.expression == NEUTRAL and not has_neutral_class
            and split in EXCLUSIVE_SPLITS
        ):
            split = NEUTRAL
        result.append(dataclasses.replace(photo, split=split))
    if not any(photo.split == "train" for photo in result):
        raise UserError("no photograph is in a split named train")
    return result


def _last(names, fraction):
    """Names without their last share, and that share, at least one."""
    if len(names) < 2:
        raise UserError(
            "there is one subject and no split: a split needs another subject"
        )
    count = max(int(len(names) * fraction), 1)
    return names[:-count], names[-count:]


def _limited(photos, selection):
    """The first `max_per_class` of each class and split in a mixed order."""
    if not selection.max_per_class:
        return photos, []
    counts = collections.Counter()
    kept, left_out = set(), []
    for index in sorted(
        range(len(photos)), key=lambda index: _mixed(photos[index])
    ):
        photo = photos[index]
        key = photo.split, photo.expression
        counts[key] += 1
        if counts[key] <= selection.max_per_class:
            kept.add(index)
        else:
            left_out.append((
                photo.name,
                f"--max_per_class={selection.max_per_class} is reached",
            ))
    return [photos[index] for index in sorted(kept)], left_out


def _mixed(photo):
    """A key that mixes people and files, the same on every machine."""
    return _digest(photo.key)


def _digest(text):
    return hashlib.sha256(
        text.encode("utf-8", "surrogateescape")
    ).hexdigest()


def balance(photos, usable, kind):
    """Which photographs make the classes of the training split equal.

    It comes after reading: photographs that turn out to be broken must not
    count.

    Args:
        photos: all `Photo`s.
        usable: places among them of what can be stored.
        kind: as `Selection.balance`.

    Returns:
        A list of places; with "repeat" some are in it more than once.
    """
    by_class = collections.defaultdict(list)
    for index in usable:
        if photos[index].split == "train":
            by_class[photos[index].expression].append(index)
    if kind == "none" or not by_class:
        return usable
    sizes = [len(group) for group in by_class.values()]
    goal = min(sizes) if kind == "trim" else max(sizes)
    result = [index for index in usable if photos[index].split != "train"]
    for group in by_class.values():
        mixed = sorted(group, key=lambda index: _mixed(photos[index]))
        result += [mixed[index % len(mixed)] for index in range(goal)]
    return result
