"""How glasses are told from photographs that somebody looked at."""

import csv

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.glasses import edges
from exprgan_tf.errors import UserError
from exprgan_tf.faces.detector import NoFaceError
from exprgan_tf.pictures.files import read_image
from exprgan_tf.support.progress import progress_bar

# As for a photograph: how far landmarks err, shares of the eyes' distance and
# radians, and how many crops of each are learned from, mirrored ones beside.
_OFF, _TURN, _SIZE, _CROPS = 0.02, 0.03, 0.04, 4
_FOLDS = 5
# Corners of the eyes, of Face Mesh: what crops turn around.
_EYES = [33, 133, 362, 263]
# Of the regression, scikit-learn's C.
_FREEDOM = 0.3


def read_labels(path):
    """`{name of a photograph: whether glasses are worn}` of a CSV file.

    Raises:
        UserError: when it is none with the columns photograph and glasses.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            labels = {
                row["photograph"]: bool(int(row["glasses"]))
                for row in csv.DictReader(file)
            }
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: give a CSV file with the columns photograph and "
            f"glasses (0 or 1): {error}"
        ) from None
    if len(set(labels.values())) < 2:
        raise UserError(f"{path}: some have to wear glasses, and some not")
    return labels


def learn_glasses(folder, labels, seed=0):
    """Learns the regression of `glasses_worn`.

    Args:
        folder: of the photographs, a `Path`.
        labels: as of `read_labels`.
        seed: of the crops and the folds.

    Returns:
        `weights`, float32 `[n]`, `bias`, a float, and `scores`: over five
        folds {"photographs", "area under the curve", "found", "mistaken"},
        the last two the shares of those with and without glasses above 0.

    Raises:
        UserError: when a photograph cannot be read, or too few have a face.
    """
    generator = np.random.default_rng(seed)
    animator, features, worn = Animator.load(), [], []
    with progress_bar(len(labels), "glasses", "photo") as bar:
        for name in sorted(labels):
            bar.update()
            try:
                face = animator.fit(read_image(folder / name))
            except NoFaceError:
                continue
            features.append(_crops(face, generator))
            worn.append(labels[name])
    features, worn = np.array(features), np.array(worn)
    if min(worn.sum(), (~worn).sum()) < _FOLDS:
        raise UserError(
            f"{folder}: a face was found in {worn.sum()} with glasses and "
            f"{(~worn).sum()} without; {_FOLDS} of each are the least"
        )
    fold = generator.permutation(len(worn)) % _FOLDS
    logits = np.zeros(len(worn))
    for number in range(_FOLDS):
        rest, own = fold != number, fold == number
        found = _fitted(features[rest], worn[rest])
        logits[own] = found.decision_function(
            features[own, :2].reshape(2 * own.sum(), -1)
        ).reshape(-1, 2).mean(axis=1)
    fitted = _fitted(features, worn)
    return fitted.coef_[0].astype("float32"), float(fitted.intercept_[0]), {
        "photographs": len(worn),
        "area under the curve": float(roc_auc_score(worn, logits)),
        "found": float((logits[worn] > 0).mean()),
        "mistaken": float((logits[~worn] > 0).mean()),
    }


def _crops(face, generator):
    """Edges of a face, as it is and shaken: `[2 n, features]`."""
    made = []
    for number in range(_CROPS):
        points, side = face.points, face.eye_distance
        if number:
            off, turn = generator.normal(0, _OFF, 2), generator.normal(0, _TURN)
            side *= np.exp(generator.normal(0, _SIZE))
            cos, sin = np.cos(turn), np.sin(turn)
            middle = points[_EYES].mean(axis=0)
            points = middle + off * side + (points - middle) @ np.array(
                [[cos, sin], [-sin, cos]]
            )
        made.append(edges(face.gray, points, side))
    return np.concatenate(made)


def _fitted(features, worn):
    return LogisticRegression(
        C=_FREEDOM, max_iter=500, class_weight="balanced"
    ).fit(
        features.reshape(-1, features.shape[-1]),
        np.repeat(worn, features.shape[1]),
    )
