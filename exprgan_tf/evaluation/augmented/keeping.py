"""What classifiers answered, kept so that a killed evaluation goes on."""

import hashlib
import json

import numpy as np

from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file
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
        known[name] = answer().tolist()
        self._write()
        return np.array(known[name]), True

    def _write(self):
        if self._path is None:
            return
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with whole_file(self._path, Record(folder)) as partial:
                partial.write_text(json.dumps(self._kept), "utf-8")
        except OSError as error:
            raise UserError(f"{folder} cannot be written: {error}") from None
