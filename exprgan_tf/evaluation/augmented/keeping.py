"""What classifiers answered, kept so that a killed evaluation goes on."""

import hashlib
import json

import numpy as np

from exprgan_tf.evaluation.report import write_texts
from exprgan_tf.support.record import Record

ANSWERS = "answers.json"


class KeptAnswers:
    """Answers of classifiers in a file of the output.

    Args:
        folder: where `answers.json` is; None: nothing is kept.
        asked: what answers depend on beside arm, seed and fold; those of
            another are dropped.

    Raises:
        UserError: for a file of that name that is none of ours.
    """

    def __init__(self, folder, asked):
        self._path = folder and folder / ANSWERS
        digest = hashlib.sha256(repr(asked).encode()).hexdigest()
        self._kept = {"asked": digest, "answers": {}}
        if self._path is None or not self._path.exists():
            return
        Record(folder).require_own(self._path)
        kept = json.loads(self._path.read_text("utf-8"))
        if kept["asked"] == digest:
            self._kept = kept

    def of(self, arm, seed, fold, answer):
        """The labels that a classifier answered with.

        Args:
            arm, seed, fold: which classifier.
            answer: trains it and gives int `[n]`; called where nothing is
                kept.

        Returns:
            `(labels, is_new)`.

        Raises:
            UserError: when the file cannot be written.
        """
        name = f"{arm.people} people, {arm.made} made, seed {seed}, {fold}"
        known = self._kept["answers"]
        if name in known:
            return np.array(known[name]), False
        labels = answer()
        known[name] = labels.tolist()
        if self._path is not None:
            write_texts(self._path.parent, {ANSWERS: json.dumps(self._kept)})
        return labels, True
