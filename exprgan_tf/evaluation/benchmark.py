"""What models with equal settings of the data are measured on."""

import numpy as np

from exprgan_tf.evaluation.editors import (
    CopyOfInput,
    ModelEditor,
    NearestTrainingImage,
)
from exprgan_tf.evaluation.held_out import HeldOut, spread
from exprgan_tf.evaluation.judges import Judges, training_faces

# Images whose codes are mapped and retrieved.
_MOST_CATALOG = 600
# People whose edits are shown.
_MOST_SHOWN = 4


class Benchmark:
    """True images, and what the judges see in them.

    Args:
        held_out: a `HeldOut`.
        judges: `Judges`.
        classes: names of the expressions.
        training: true images of the training subjects, see `load_split`.

    Attributes:
        name: what tells it from others of a report, if there are.
        side: of its images, pixels.
        source_seen, truth_seen, gallery_seen, training_seen: a `Seen` for
            the images of each.
        catalog: rows of `held_out.truth` whose codes are looked at.
        shown: rows of `held_out.source` that figures show.
    """

    def __init__(self, held_out, judges, classes, training):
        self.name, self.side = None, held_out.source["image"].shape[1]
        self.held_out = held_out
        self.judges = judges
        self.classes = classes
        self.training = training
        self.gallery_seen = judges.observe(held_out.gallery["image"])
        self.source_seen = judges.observe(held_out.source["image"])
        self.training_seen = judges.observe(training["image"])
        # The truth is a part of the gallery: the judges look once.
        inside = np.isin(held_out.gallery["subject"], held_out.subjects)
        self.truth_seen = self.gallery_seen[
            np.flatnonzero(inside & (held_out.gallery["label"] >= 0))
        ]
        self.catalog = spread(len(held_out.truth["label"]), _MOST_CATALOG)
        self.shown = spread(len(held_out.subjects), _MOST_SHOWN)

    @classmethod
    def for_data(cls, dataset, config, part, folder, epochs=40):
        """A benchmark of a data set for models of a `Config`.

        Args:
            dataset: a `Dataset`.
            config: a model's `Config`.
            part: "test" or "validation".
            folder: where judges are kept.
            epochs: see `Judges.for_data`.

        Raises:
            UserError: see `HeldOut`.
        """
        return cls(
            HeldOut(dataset, config, part),
            Judges.for_data(dataset, config, folder, epochs),
            config.classes, training_faces(dataset, config),
        )

    @property
    def gallery(self):
        """Each person that the model has not seen, as `(names, means)`.

        The means of the embeddings of their expressive images have length 1;
        no source is among these images.
        """
        subject = self.held_out.gallery["subject"]
        names = np.unique(subject)
        means = np.stack([
            self.gallery_seen.embeddings[subject == name].mean(axis=0)
            for name in names
        ]) if len(names) else np.zeros((0, 1))
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        return names, means / np.maximum(lengths, 1e-12)

    def editor(self, name, model, refine):
        """The column of a model."""
        return ModelEditor(
            name, model, self.held_out.source["image"], refine
        )

    def baselines(self):
        """The columns that each model should beat."""
        return [
            CopyOfInput(self.held_out.source["image"]),
            NearestTrainingImage(
                self.source_seen.embeddings, self.training_seen.embeddings,
                self.training,
            ),
        ]
