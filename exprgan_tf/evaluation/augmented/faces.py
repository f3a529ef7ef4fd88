"""True and made faces, and which of them learn and which are tested."""

import dataclasses

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from exprgan_tf.data.batches import load_split
from exprgan_tf.data.subjects import TEST, TRAIN, VALIDATION
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.held_out import joined
from exprgan_tf.pictures.levels import to_uint8

# Others are for reference, such as the neutral pictures that edits came from.
_LABELLED = (TRAIN, VALIDATION, TEST)


@dataclasses.dataclass(frozen=True)
class Faces:
    """Labelled faces, arrays of equal length.

    Args:
        image: uint8 `[n, s, s, 3]`.
        label: int `[n]`, an index of the classes.
        subject: `[n]`, names.
    """

    image: np.ndarray
    label: np.ndarray
    subject: np.ndarray

    def __len__(self):
        return len(self.label)

    def __getitem__(self, rows):
        return Faces(self.image[rows], self.label[rows], self.subject[rows])

    @classmethod
    def of(cls, dataset, config):
        """Everybody of a data set's train, validation and test splits.

        Args:
            dataset: a `Dataset`.
            config: a `Config`: classes and size of the images.

        Raises:
            UserError: when the data has no face of one of the classes.
        """
        parts = []
        for split in _LABELLED:
            if dataset.splits.get(split, {}).get("subjects"):
                part = load_split(dataset, split, config)
                known = part["label"] >= 0
                parts.append({
                    "image": to_uint8(part["image"])[known],
                    "label": part["label"][known],
                    "subject": part["subject"][known],
                })
        if not any(len(part["label"]) for part in parts):
            raise UserError(
                f"{dataset.folder} has no face that shows one of "
                f"{', '.join(config.classes)}"
            )
        return cls(**joined(parts))

    def of_people(self, count, generator):
        """Those of so many people, drawn; of fewer are among those of more.

        Args:
            count: how many; 0: everybody.
            generator: of NumPy.
        """
        names = generator.permutation(np.unique(self.subject))
        return self if not count else self[
            np.isin(self.subject, names[:count])
        ]

    def first(self, count, generator):
        """So many, as many of each class as there are; nested as counts.

        Args:
            count: how many at most.
            generator: of NumPy.
        """
        order = generator.permutation(len(self))
        labels = self.label[order]
        # How many of its class come before each.
        turn = np.zeros(len(order), "int64")
        for label in np.unique(labels):
            own = labels == label
            turn[own] = np.arange(own.sum())
        return self[order[np.argsort(turn, kind="stable")[:count]]]


def folds(faces, number, dataset):
    """Whose faces learn and whose are tested, for each fold.

    Args:
        faces: `Faces` of the data set.
        number: how many folds; every person is tested in one of them. 1:
            the data set's own test split, from its training split.
        dataset: the `Dataset`.

    Returns:
        A list of `(learn, test)`, int arrays of rows.

    Raises:
        UserError: when there are fewer people than folds, or the data set
            has nobody in a test split.
    """
    if number > 1:
        people = len(np.unique(faces.subject))
        if people < number:
            raise UserError(
                f"--augmentation_folds={number}: {dataset.folder} shows "
                f"{people} people"
            )
        # Rare expressions are in every fold, as far as people allow.
        split = StratifiedGroupKFold(number, shuffle=True, random_state=0)
        return list(split.split(faces.label, faces.label, faces.subject))
    if not dataset.splits.get(TEST, {}).get("subjects"):
        raise UserError(
            f"--augmentation_folds=1: {dataset.folder} has nobody in a split "
            f"named {TEST}; give 2 or more"
        )
    learn, test = (
        np.flatnonzero(np.isin(faces.subject, list(dataset.subjects(split))))
        for split in (TRAIN, TEST)
    )
    return [(learn, test)]
