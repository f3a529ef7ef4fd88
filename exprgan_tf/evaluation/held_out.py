"""True images of the people that a model has not seen."""

import numpy as np

from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.batches import load_split
from exprgan_tf.data.subjects import TEST, VALIDATION, validation_part
from exprgan_tf.errors import UserError

# More people say little and take long.
MOST_SUBJECTS = 100


class HeldOut:
    """What is edited, and the true images that edits are compared with.

    Attributes:
        source: one face of each subject: the neutral one, or, in data
            without neutral faces, that of the weakest known expression.
        from_neutral: whether the sources are neutral.
        truth: other images of these subjects that show one of the model's
            classes.
        gallery: expressive images of all people that the model has not
            seen, for the question who it is.
        people_known: whether the data says who is in a picture; otherwise
            each picture counts as a subject.

    The first, third and fourth are dicts of arrays as of `load_split`.

    Args:
        dataset: a `Dataset`.
        config: the model's `Config`.
        part: "test" or "validation", whose images are edited.
        most: how many subjects at most, spread evenly over their names.

    Raises:
        UserError: when the data has no such subjects.
    """

    def __init__(self, dataset, config, part=TEST, most=MOST_SUBJECTS):
        self.people_known = dataset.people_known
        parts = _parts(dataset, config, part, most)
        everybody = joined([
            load_split(dataset, split, config, subjects)
            for split, subjects in parts.values()
        ])
        subjects = parts[part][1]
        self.source = _neutral_faces(dataset, config, subjects)
        self.from_neutral = self.source is not None
        if not self.from_neutral:
            rows = _weakest(everybody, subjects)
            self.source = picked(everybody, rows)
            everybody = picked(everybody, np.setdiff1d(
                np.arange(len(everybody["label"])), rows
            ))
        self.gallery = everybody
        self.truth = picked(everybody, np.flatnonzero(
            np.isin(everybody["subject"], self.source["subject"])
            & (everybody["label"] >= 0)
        ))
        if not len(self.source["label"]):
            raise UserError(
                f"{dataset.folder}: no image of the {part} subjects shows "
                f"one of {', '.join(config.classes)}"
            )

    @property
    def subjects(self):
        """Whose faces are edited, one name a row of `source`."""
        return self.source["subject"]

    @property
    def intensity_known(self):
        """Which images of `truth` have a labelled intensity, bool `[m]`."""
        return self.truth["intensity"] >= 0

    def truth_source(self):
        """For each image of `truth` its person's row in `source`."""
        rows = {name: row for row, name in enumerate(self.subjects)}
        return np.array(
            [rows[name] for name in self.truth["subject"]], "int64"
        )


def spread(count, most):
    """At most so many indices below `count`, evenly spread, ascending."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _parts(dataset, config, part, most):
    """A dict from part to `(split, subjects)`."""
    parts = {}
    if part == TEST or TEST in dataset.splits:
        parts[TEST] = TEST, sorted(dataset.subjects(TEST))
    split, subjects = validation_part(dataset, config)
    if subjects:
        parts[VALIDATION] = split, subjects
    if part not in parts:
        raise UserError(
            "--part=validation: the model held no subject out "
            "(--validation_subjects=0), and the data has no split "
            "named validation"
        )
    return {
        name: (split, [subjects[row] for row in spread(len(subjects), most)])
        for name, (split, subjects) in parts.items()
    }


def _neutral_faces(dataset, config, subjects):
    """The first neutral face of each subject that has one, or None."""
    if NEUTRAL not in dataset.splits:
        return None
    with_one = sorted(set(subjects) & set(dataset.subjects(NEUTRAL)))
    if not with_one:
        return None
    faces = load_split(dataset, NEUTRAL, config, with_one)
    _, first = np.unique(faces["subject"], return_index=True)
    return picked(faces, np.sort(first))


def _weakest(faces, subjects):
    """The row of each subject's weakest face; of equal ones the first."""
    rows = []
    for subject in subjects:
        own = np.flatnonzero(
            (faces["subject"] == subject) & (faces["label"] >= 0)
        )
        if len(own):
            rows.append(own[faces["intensity"][own].argmin()])
    return np.array(rows, "int64")


def picked(faces, rows):
    """Some rows of each array of `load_split`."""
    return {name: values[rows] for name, values in faces.items()}


def joined(parts):
    """Dicts of `load_split` one behind another."""
    return {
        name: np.concatenate([faces[name] for faces in parts])
        for name in parts[0]
    }
