"""Figures of a model's edits on subjects it was not trained on."""

import numpy as np
import scipy.stats

from exprgan_tf.data.pipeline import (
    TEST,
    VALIDATION,
    load_split,
    validation_part,
)
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.judges import nearest
from exprgan_tf.model import NEUTRAL

INTENSITIES = (0.2, 0.4, 0.6, 0.8, 1.0)
STRONG = 0.6


class HeldOut:
    """True images of the subjects that a model has not seen.

    Args:
        dataset: a `Dataset` with a neutral image of everybody.
        config: the model's `Config`.
        part: "test" or "validation", whose images are edited.

    Raises:
        UserError: when the data has no such subjects, no neutral images or
            no intensities.
    """

    def __init__(self, dataset, config, part=TEST):
        if NEUTRAL not in dataset.splits:
            raise UserError(
                f"--data_dir={dataset.folder}: no split named neutral, whose "
                "faces the evaluation edits"
            )
        validation_split, validation = validation_part(dataset, config)
        test = sorted(dataset.subjects(TEST))
        if part == VALIDATION and not validation:
            raise UserError(
                "--part=validation: the model held no subject out "
                "(--validation_subjects=0), and the data has no split "
                "named validation"
            )
        self.subjects = validation if part == VALIDATION else test
        everybody = [load_split(dataset, TEST, config)]
        if validation:
            everybody.append(load_split(
                dataset, validation_split, config, validation
            ))
        everybody = {
            name: np.concatenate([faces[name] for faces in everybody])
            for name in everybody[0]
        }
        self.gallery = everybody
        chosen = np.isin(everybody["subject"], self.subjects)
        self.truth = {name: values[chosen]
                      for name, values in everybody.items()}
        if not np.all(self.truth["intensity"] >= 0):
            raise UserError(
                f"--data_dir={dataset.folder}: images without an intensity, "
                "which the evaluation compares"
            )
        self.neutral = load_split(dataset, NEUTRAL, config, self.subjects)


def evaluate(model, held_out, judges, refine="identity"):
    """All figures of a model.

    The source of every edit is a subject's neutral image.

    Args:
        model: an `ExprGAN`.
        held_out: a `HeldOut`.
        judges: `Judges`.
        refine: as in `ExprGAN.edit`.

    Returns:
        `(metrics, edits)`: a dict of numbers, and the edits
        `[subjects, classes, intensities, s, s, 3]`.
    """
    from exprgan_tf import refinement

    source = held_out.neutral["image"]
    fitted = refinement.fit(model, source, refine)
    edits = np.stack([
        [
            fitted.decode(model.edit_codes(name, intensity, len(source)))
            for intensity in INTENSITIES
        ]
        for name in model.config.classes
    ])
    edits = np.moveaxis(edits, 2, 0)
    metrics = {}
    for part in (
        _expression_metrics(edits, held_out, judges, model.config.classes),
        _identity_metrics(edits, held_out, judges),
        _intensity_metrics(edits, held_out, judges),
        _error_metrics(fitted, model, held_out),
        {"color_drift": _color_drift(edits, source)},
    ):
        metrics.update(part)
    return {name: round(float(value), 4)
            for name, value in metrics.items()}, edits


def _expression_metrics(edits, held_out, judges, classes):
    seen = judges.logits(_flat(edits)).argmax(axis=1)
    right = seen.reshape(edits.shape[:3]) == np.arange(
        edits.shape[1]
    )[None, :, None]
    strong = right[:, :, np.array(INTENSITIES) >= STRONG]
    truth = held_out.truth
    true_right = judges.logits(truth["image"]).argmax(axis=1) == truth["label"]
    return {
        "expression_accuracy_strong": strong.mean(),
        "expression_accuracy_full": right[:, :, -1].mean(),
        "expression_accuracy_true_images": true_right.mean(),
        "expression_accuracy_true_images_strong":
            true_right[truth["intensity"] >= STRONG].mean(),
        **{
            f"expression_accuracy_strong_{name}": strong[:, index].mean()
            for index, name in enumerate(classes)
        },
    }


def _identity_metrics(edits, held_out, judges):
    """Rank 1 among all held-out subjects.

    A subject's entry in the gallery is the mean embedding of its true
    expressive images; the neutral source is not in it.
    """
    gallery = held_out.gallery
    embeddings = judges.embeddings(gallery["image"])
    names = np.unique(gallery["subject"])
    means = np.stack([
        embeddings[gallery["subject"] == name].mean(axis=0) for name in names
    ])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    subjects = held_out.neutral["subject"]
    found = names[nearest(judges.embeddings(_flat(edits)), means)]
    found = found.reshape(len(subjects), -1)
    source = names[nearest(
        judges.embeddings(held_out.neutral["image"]), means
    )]
    return {
        "identity_rank1": (found == subjects[:, None]).mean(),
        "identity_rank1_input": (source == subjects).mean(),
        "identity_candidates": len(names),
    }


def _intensity_metrics(edits, held_out, judges):
    """Asked against seen intensity, for each subject and expression."""
    classes = edits.shape[1]
    logits = judges.logits(_flat(edits)).reshape(*edits.shape[:3], classes)
    seen = np.concatenate([logits[:, index, :, index]
                           for index in range(classes)])
    return {
        "intensity_spearman": np.mean([
            _spearman(INTENSITIES, row) for row in seen
        ]),
        "intensity_monotone_steps": (np.diff(seen, axis=1) > 0).mean(),
        "intensity_spearman_true_images": _true_correlation(held_out, judges),
    }


def _true_correlation(held_out, judges):
    """The same on true images: labelled against seen, neutral with them."""
    truth, neutral = held_out.truth, held_out.neutral
    seen = judges.logits(truth["image"])
    seen_neutral = judges.logits(neutral["image"])
    correlations = []
    for row, subject in enumerate(neutral["subject"]):
        for label in np.unique(truth["label"]):
            chosen = (truth["subject"] == subject) & (truth["label"] == label)
            correlations.append(_spearman(
                np.append(truth["intensity"][chosen], 0.0),
                np.append(seen[chosen, label], seen_neutral[row, label]),
            ))
    return np.mean(correlations)


def _spearman(asked, seen):
    # Where nothing changes with the intensity, nothing correlates.
    if not np.ptp(seen):
        return 0.0
    return scipy.stats.spearmanr(asked, seen).statistic


def _error_metrics(fitted, model, held_out):
    """Mean absolute difference to the true images, on the scale 0 to 255.

    Each true image of a subject is compared with the neutral image edited to
    its expression and intensity, and with the unedited neutral image.
    """
    truth = held_out.truth
    rows = {name: row
            for row, name in enumerate(held_out.neutral["subject"])}
    row = np.array([rows[name] for name in truth["subject"]])
    true_images = truth["image"]
    codes = model.edit_codes(
        truth["expression"], truth["intensity"], len(row)
    )
    edited = fitted.decode(codes, row)
    unedited = held_out.neutral["image"][row]
    neutral = fitted.decode(model.edit_codes(NEUTRAL, 0.0, len(unedited)),
                            row)
    return {
        "error_to_true_image": np.abs(edited - true_images).mean() * 127.5,
        "error_of_unedited_input":
            np.abs(unedited - true_images).mean() * 127.5,
        "error_of_neutral_reconstruction":
            np.abs(neutral - unedited).mean() * 127.5,
    }


def _color_drift(edits, source):
    """How far an edit's mean color is from its input's, 0 to 255."""
    means = edits.mean(axis=(3, 4))
    difference = means - source.mean(axis=(1, 2))[:, None, None]
    return np.abs(difference).mean() * 127.5


def _flat(edits):
    return edits.reshape(-1, *edits.shape[3:])
