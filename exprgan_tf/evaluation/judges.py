"""Networks that judge edits: which expression, how strong, and who.

They learn from true images of the training subjects only. They share neither
weights nor structure nor training with phi of Eq. 7.
"""

import dataclasses
import hashlib

import keras
import numpy as np

from exprgan_tf.config import NEUTRAL
from exprgan_tf.data.batches import load_split
from exprgan_tf.data.subjects import TRAIN, training_subjects
from exprgan_tf.evaluation.learning import (
    BATCH_SIZE,
    expression_network,
    prepare_to_learn,
    trunk,
    varied,
)
from exprgan_tf.model_files.configured_model import load_whole
from exprgan_tf.support.atomic import whole_file

EMBEDDING_SIZE = 128
# One seed for all models, so that each is judged by the same networks.
_SEED = 2019
# Of a class that is so rare that its few images would be learned by heart.
_MOST_WEIGHT = 8.0


@dataclasses.dataclass(frozen=True)
class Seen:
    """What the judges see in images, arrays with equal first axes.

    Args:
        logits: `[..., K]`, see `Judges.logits`.
        embeddings: `[..., 128]`, see `Judges.embeddings`.
        features: `[..., 128]`, the last convolutions of the judge of
            expressions, averaged over places.
    """

    logits: np.ndarray
    embeddings: np.ndarray
    features: np.ndarray

    def __getitem__(self, rows):
        return Seen(*(part[rows] for part in self._parts()))

    def reshape(self, *shape):
        """With other axes in front of the last."""
        return Seen(*(
            part.reshape(*shape, part.shape[-1]) for part in self._parts()
        ))

    @staticmethod
    def concatenate(items):
        return Seen(*map(
            np.concatenate, zip(*(item._parts() for item in items), strict=True)
        ))

    def _parts(self):
        return self.logits, self.embeddings, self.features


class Judges:
    """A network for expressions and one for people.

    Images are float `[n, s, s, 3]` in [-1, 1].

    Args:
        expression: a model to logits `[n, K]`.
        identity: a model to unit vectors `[n, 128]`.
    """

    def __init__(self, expression, identity):
        self._identity = identity
        pooled = [layer for layer in expression.layers
                  if isinstance(layer, keras.layers.MaxPooling2D)][-1]
        self._expression = keras.Model(expression.input, [
            expression.output,
            keras.layers.GlobalAveragePooling2D()(pooled.output),
        ])

    def observe(self, images):
        """One pass of every judge over images: a `Seen`."""
        if not len(images):
            return Seen(*(
                np.zeros((0, output.shape[-1]), "float32") for output in
                (self._expression.outputs[0], self._identity.outputs[0],
                 self._expression.outputs[1])
            ))
        logits, features = self._expression.predict(images, verbose=0)
        return Seen(
            logits - logits.mean(axis=1, keepdims=True),
            self.embeddings(images), features,
        )

    def logits(self, images):
        """How much an image shows each class, `[n, K]`.

        The largest tells the expression. Less the mean of the row it tells
        how strong it is: on true images of one person that follows the
        labelled intensity (see `intensity_spearman_true_images`).
        """
        logits, _ = self._expression.predict(images, verbose=0)
        return logits - logits.mean(axis=1, keepdims=True)

    def embeddings(self, images):
        """Unit vectors `[n, 128]`; near for images of one person."""
        return self._identity.predict(images, verbose=0)

    @classmethod
    def for_data(cls, dataset, config, folder, epochs=40):
        """Judges for a data set at a model's image size.

        They are trained once for what they depend on and kept in a folder.

        Args:
            dataset: a `Dataset`.
            config: the `Config` of the model to judge: image size, classes,
                and which subjects it holds out.
            folder: where `NAME_judge_KEY.keras` is kept for each of them.
            epochs: passes over the training images.

        Raises:
            UserError: for a kept one that cannot be read.
        """
        return cls.kept(
            folder, judges_key(dataset, config), config,
            lambda: training_faces(dataset, config), epochs,
        )

    @classmethod
    def kept(cls, folder, key, config, faces_to_learn, epochs=40):
        """The judges of a folder; those that it lacks are trained.

        Args:
            folder: where `NAME_judge_KEY.keras` is kept for each of them.
            key: a short text, another one for other judges.
            config: a `Config`: image size and classes.
            faces_to_learn: a function that gives what they learn from, see
                `load_split`; called when one has to be trained.
            epochs: passes over these images.

        Raises:
            UserError: for a kept one that cannot be read.
        """
        folder.mkdir(parents=True, exist_ok=True)
        networks, faces = [], None
        for name, train in (
            ("expression", _train_expression),
            ("identity", _train_identity),
        ):
            path = folder / f"{name}_judge_{key}.keras"
            if not path.exists():
                print(f"training the judge of {name}", flush=True)
                keras.utils.set_random_seed(_SEED)
                faces = faces or faces_to_learn()
                network = train(faces, config, epochs)
                with whole_file(path) as partial:
                    network.save(partial)
            networks.append(load_whole(path, keras.Model))
        return cls(*networks)


def judges_key(dataset, config):
    """A short text that differs where judges would: data, size, people."""
    known = (
        [shard["sha256"] for shard in dataset.shards(TRAIN)],
        training_subjects(dataset, config), config.classes,
        config.pixel_normalization,
    )
    digest = hashlib.sha256(repr(known).encode()).hexdigest()[:8]
    return f"{config.image_size}px_{digest}"


def training_faces(dataset, config):
    """True images of the training subjects, neutral ones with them.

    Returns:
        A dict of arrays, see `load_split`.
    """
    subjects = training_subjects(dataset, config)
    faces = load_split(dataset, TRAIN, config, subjects)
    neutral = NEUTRAL in dataset.splits and dataset.subjects(NEUTRAL)
    if neutral and set(subjects) & set(neutral):
        neutral = load_split(dataset, NEUTRAL, config, subjects)
        faces = {
            name: np.concatenate([faces[name], neutral[name]])
            for name in faces
        }
    return faces


def _train_expression(faces, config, epochs):
    network = expression_network(config)
    labelled = faces["label"] >= 0
    labels = faces["label"][labelled]
    return _fit(
        network, faces["image"][labelled], labels,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True), epochs,
        _class_weights(labels),
    )


def _class_weights(labels):
    """What a rare class counts more, by label; None where all are equal.

    Of photographs some expressions are a hundred times rarer than others,
    and a judge that never answers with them would get most labels right.
    """
    names, counts = np.unique(labels, return_counts=True)
    if np.ptp(counts) == 0:
        return None
    weights = np.minimum(counts.mean() / counts, _MOST_WEIGHT)
    return dict(zip(names.tolist(), weights.tolist(), strict=True))


def _train_identity(faces, config, epochs):
    names, subject = np.unique(faces["subject"], return_inverse=True)
    image = keras.Input((config.image_size, config.image_size, 3))
    x = keras.layers.Dense(EMBEDDING_SIZE)(trunk(image))
    embedding = keras.layers.UnitNormalization(name="embedding")(x)
    # Cosine softmax: what separates people then is the angle alone.
    logits = keras.layers.Dense(
        len(names), use_bias=False,
        kernel_constraint=keras.constraints.UnitNorm(axis=0),
    )(embedding)
    network = keras.Model(image, keras.layers.Rescaling(16.0)(logits))
    _fit(
        network, faces["image"], subject,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True), epochs,
    )
    return keras.Model(image, embedding)


def _fit(network, images, targets, loss, epochs, class_weight=None):
    prepare_to_learn(network, loss, epochs * -(-len(images) // BATCH_SIZE))
    generator = np.random.default_rng(0)
    for _ in range(epochs):
        network.fit(
            varied(images, generator), targets, batch_size=BATCH_SIZE,
            class_weight=class_weight, verbose=0,
        )
    return network


def nearest(embeddings, gallery):
    """The row of the gallery most like each embedding, int `[n]`."""
    return (embeddings @ gallery.T).argmax(axis=1)
