"""Judges of photographs: which of K expressions or neutral, and who.

They are the networks of `evaluation.judges`, which learn here from labelled
photographs, neutral ones among them, since an edit that does nothing must be
told. What they are worth is measured on photographs of people they did not
learn from.
"""

import dataclasses
import hashlib

import numpy as np
from scipy.special import softmax

from exprgan_tf.config import NEUTRAL, Config
from exprgan_tf.data.batches import load_split
from exprgan_tf.data.subjects import TEST, TRAIN
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.held_out import joined, picked, spread
from exprgan_tf.evaluation.judges import Judges
from exprgan_tf.evaluation.metrics.identity import verification
from exprgan_tf.faces.photographs import face_at

# Of the neutral faces of people of whom nothing else is there, every tenth
# person's are held out.
_HELD_OUT_EVERY = 10
# Held-out photographs of which all pairs are compared.
_MOST_COMPARED = 1500


@dataclasses.dataclass(frozen=True)
class Judge:
    """One judge.

    Args:
        config: the `Config` with which faces are cut out for it.
        see: a function from faces `[n, s, s, 3]` in [-1, 1] to what it says
            of each: probabilities `[n, C]`, or unit vectors `[n, e]`.
        names: the expressions `[C]`; empty for a judge of people.
    """

    config: Config
    see: object
    names: tuple = ()

    def cut_out(self, picture, landmarks):
        """A face of a photograph as this judge takes it.

        Raises:
            UserError: when the landmarks are no upright face's.
        """
        return face_at(picture, landmarks, self.config).image


@dataclasses.dataclass(frozen=True)
class Jury:
    """Who judges, and what they are worth.

    Args:
        expression: a `Judge`, one of whose names is "neutral".
        identity: a `Judge`, or None.
        worth: see `worth`; None: nothing tells it.
        notes: what the report says of them, texts.
    """

    expression: Judge
    identity: Judge | None
    worth: dict | None
    notes: tuple


def answers(dataset, classifier):
    """What the judge of expressions answers with, known before it learns.

    Args:
        dataset, classifier: as for `jury`.

    Returns:
        A tuple of names.

    Raises:
        UserError: when either cannot judge photographs.
    """
    config = judges_config(dataset) if dataset else None
    if classifier is None:
        return config.classes
    if NEUTRAL not in classifier.config.classes:
        raise UserError(
            f"--judge_model does not know {NEUTRAL}, so that it cannot tell "
            "an edit that does nothing: train it on a data set made with "
            f"--classes={NEUTRAL},..."
        )
    return classifier.config.classes


def jury(dataset, classifier, folder, epochs=40):
    """The judges of a request.

    Args:
        dataset: a `Dataset` of labelled photographs, or None.
        classifier: an `ExpressionClassifier` that knows neutral, or None.
            One of both is there.
        folder: where judges that were trained are kept.
        epochs: see `Judges.kept`.

    Raises:
        UserError: as `answers`.
    """
    names = answers(dataset, classifier)
    expression = identity = None
    notes = []
    if classifier is not None:
        expression = Judge(
            classifier.config, classifier.probabilities, names
        )
        notes.append(
            "Expressions are judged by the classifier of --judge_model."
        )
    if dataset is None:
        notes.append(
            "Nothing tells what it is worth, and nobody judges who is seen: "
            "--judge_data would."
        )
        return Jury(expression, None, None, tuple(notes))
    config = judges_config(dataset)
    judges = Judges.kept(
        folder, _key(dataset, config), config,
        lambda: faces_of(dataset, config)[0], epochs,
    )
    if expression is None:
        expression = Judge(
            config, lambda faces: softmax(judges.logits(faces), axis=1),
            names,
        )
    notes.append(
        f"{'The judges' if classifier is None else 'The judge of people'} "
        f"learned from the photographs of {dataset.folder.name}; all are "
        "tested on people of it who were not learned from. Others are judged "
        "too well: --photos should not show them."
    )
    if dataset.people_known:
        identity = Judge(config, judges.embeddings)
    else:
        notes.append(
            "Nobody judges who is seen, since the data does not say who is "
            "in a picture."
        )
    return Jury(
        expression, identity,
        worth(expression, identity, dataset), tuple(notes),
    )


def judges_config(dataset):
    """The `Config` of judges of a data set: its classes and neutral.

    Raises:
        UserError: when the data has no neutral faces, or nobody to test on.
    """
    classes = dataset.classes
    if NEUTRAL not in classes:
        if not dataset.splits.get(NEUTRAL, {}).get("subjects"):
            raise UserError(
                f"--judge_data={dataset.folder} has no neutral faces, and its "
                "judge could not tell an edit that does nothing"
            )
        classes = (*classes, NEUTRAL)
    if not dataset.splits.get(TEST, {}).get("subjects"):
        raise UserError(
            f"--judge_data={dataset.folder} has nobody in a split named "
            f"{TEST}, to tell what its judges are worth"
        )
    return Config(
        classes=classes, image_size=dataset.image_size,
        face_margin=dataset.margin,
    )


def worth(expression, identity, dataset):
    """What judges say of true photographs of people held out from them.

    Args:
        expression: a `Judge`.
        identity: a `Judge`, or None.
        dataset: a `Dataset` with a test split.

    Returns:
        A dict: "accuracy" (the mean of "by_class"), "by_class" and "images"
        by expression; with a judge of people, and people of whom there are
        two photographs, "same" and "other", the mean cosine of two
        photographs of one person and of two, "auc" of telling these apart,
        and "same_pairs".
    """
    # Their own sizes: a classifier may be for other faces than the data.
    faces = faces_of(dataset, expression.config)[1]
    names = np.array(expression.names)
    seen = names[expression.see(faces["image"]).argmax(axis=1)]
    right, images = {}, {}
    for name in expression.names:
        own = faces["expression"] == name
        images[name] = int(own.sum())
        if images[name]:
            right[name] = float((seen[own] == name).mean())
    found = {
        "accuracy": float(np.mean(list(right.values()))),
        "by_class": right, "images": images,
    }
    if identity is not None:
        faces = faces_of(dataset, identity.config)[1]
        rows = spread(len(faces["subject"]), _MOST_COMPARED)
        found.update(_worth_of_identity(
            identity.see(faces["image"][rows]), faces["subject"][rows]
        ))
    return found


def _worth_of_identity(embeddings, subjects):
    first, second = np.triu_indices(len(subjects), 1)
    same = subjects[first] == subjects[second]
    if not same.any() or same.all():
        return {}
    likeness = (embeddings @ embeddings.T)[first, second]
    return {
        "same": float(likeness[same].mean()),
        "other": float(likeness[~same].mean()),
        "auc": float(verification(same, likeness)[0]),
        "same_pairs": int(same.sum()),
    }


def _key(dataset, config):
    """A short text that differs where these judges would."""
    known = (
        [shard["sha256"] for shard in dataset.shards()], config.classes,
    )
    digest = hashlib.sha256(repr(known).encode()).hexdigest()[:8]
    return f"photographs_{config.image_size}px_{digest}"


def faces_of(dataset, config):
    """What judges learn from, and what they are tested on.

    No person is in both. Neutral faces lie in a split of their own, with
    people of whom the data has nothing else.

    Returns:
        Two dicts of arrays, see `load_split`; of the second all show one of
        the config's classes.
    """
    test = set(dataset.subjects(TEST))
    learn = [load_split(dataset, TRAIN, config)]
    held_out = [load_split(dataset, TEST, config)]
    if NEUTRAL not in dataset.classes:
        neutral = load_split(dataset, NEUTRAL, config)
        train = set(dataset.subjects(TRAIN))
        alone = sorted(set(neutral["subject"]) - test - train)
        test |= set(alone[:: _HELD_OUT_EVERY])
        is_test = np.isin(neutral["subject"], sorted(test))
        learn.append(picked(neutral, ~is_test))
        held_out.append(picked(neutral, is_test))
    learn, held_out = map(joined, (learn, held_out))
    return learn, picked(held_out, held_out["label"] >= 0)
