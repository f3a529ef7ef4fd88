"""Networks that judge edits: what expression, how strong, and who.

They learn from true images of the training subjects only. They share neither
weights nor structure nor training with phi of Eq. 7.
"""

import os

import keras
import numpy as np
from keras import ops

from exprgan_tf.data.pipeline import TRAIN, load_split, training_subjects
from exprgan_tf.model import NEUTRAL

WIDTHS = (16, 32, 64, 128)
EMBEDDING_SIZE = 128


class Judges:
    """An expression and intensity network, and an identity embedding.

    Images are float `[n, s, s, 3]` in [-1, 1].

    Args:
        expression: a model to `[logits (n, K), intensity (n, 1)]`.
        identity: a model to unit vectors `[n, 128]`.
    """

    def __init__(self, expression, identity):
        self._expression = expression
        self._identity = identity

    def expressions(self, images):
        """Class indices `[n]`."""
        return self._expression.predict(images, verbose=0)[0].argmax(axis=1)

    def intensities(self, images):
        """Strength of the expression, about 0 to 1, `[n]`."""
        return self._expression.predict(images, verbose=0)[1][:, 0]

    def embeddings(self, images):
        """Unit vectors `[n, 128]`; near for images of one person."""
        return self._identity.predict(images, verbose=0)

    @classmethod
    def for_data(cls, dataset, config, folder, epochs=50):
        """Judges for a data set at a model's image size.

        They are trained once and kept in a folder.

        Args:
            dataset: a `Dataset`.
            config: the `Config` of the model to judge: image size, classes,
                and which subjects it holds out.
            folder: where `expression_judge.keras` and
                `identity_judge.keras` are kept.
            epochs: passes over the training images.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = [
            folder / f"{name}_judge.keras" for name in ("expression",
                                                        "identity")
        ]
        if not all(path.exists() for path in paths):
            faces = _training_faces(dataset, config)
            keras.utils.set_random_seed(config.seed + 1)
            print("training the judge of expressions")
            _save(_train_expression(faces, config, epochs), paths[0])
            print("training the judge of identities")
            _save(_train_identity(faces, config, epochs), paths[1])
        return cls(*(keras.saving.load_model(path) for path in paths))


def _training_faces(dataset, config):
    subjects = training_subjects(dataset, config)
    faces = load_split(dataset, TRAIN, config, subjects)
    if NEUTRAL in dataset.splits:
        neutral = load_split(dataset, NEUTRAL, config, subjects)
        faces = {
            name: np.concatenate([faces[name], neutral[name]])
            for name in faces
        }
    return faces


def _train_expression(faces, config, epochs):
    image = keras.Input((config.image_size, config.image_size, 3))
    x = _trunk(image)
    logits = keras.layers.Dense(config.num_classes, name="expression")(x)
    intensity = keras.layers.Dense(
        1, activation="sigmoid", name="intensity"
    )(x)
    network = keras.Model(image, [logits, intensity])
    labels = faces["label"]
    known = faces["intensity"] >= 0
    return _fit(
        network, faces["image"],
        targets=[np.maximum(labels, 0),
                 np.maximum(faces["intensity"], 0)[:, None]],
        losses=[
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            keras.losses.MeanSquaredError(),
        ],
        weights=[(labels >= 0).astype("float32"),
                 10.0 * known.astype("float32")],
        epochs=epochs,
    )


def _train_identity(faces, config, epochs):
    names, subject = np.unique(faces["subject"], return_inverse=True)
    image = keras.Input((config.image_size, config.image_size, 3))
    x = keras.layers.Dense(EMBEDDING_SIZE)(_trunk(image))
    embedding = keras.layers.UnitNormalization(name="embedding")(x)
    # Cosine softmax: what separates people then is the angle alone.
    logits = keras.layers.Dense(
        len(names), use_bias=False,
        kernel_constraint=keras.constraints.UnitNorm(axis=0),
    )(embedding)
    network = keras.Model(image, keras.layers.Rescaling(16.0)(logits))
    _fit(
        network, faces["image"], targets=subject,
        losses=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weights=None, epochs=epochs,
    )
    return keras.Model(image, embedding)


def _trunk(image):
    """Convolutions with batch normalization, average and maximum pooled."""
    x = image
    for filters in WIDTHS:
        x = keras.layers.Conv2D(
            filters, 3, padding="same", use_bias=False
        )(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(0.4)(x)
    x = keras.layers.Dense(128, activation="relu")(x)
    return keras.layers.Dropout(0.4)(x)


def _fit(network, images, targets, losses, weights, epochs):
    batch_size = 48
    steps = epochs * -(-len(images) // batch_size)
    network.compile(
        keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(2e-3, steps),
            weight_decay=1e-3,
        ),
        loss=losses, jit_compile=False,
    )
    generator = np.random.default_rng(0)
    for _ in range(epochs):
        network.fit(
            _augment(images, generator), targets, sample_weight=weights,
            batch_size=batch_size, verbose=0,
        )
    return network


def _augment(images, generator):
    """Random flips, shifts, and gains of each color.

    A judge that minds the color of the light would be fooled by a model
    that changes it.
    """
    count = len(images)
    flipped = np.where(
        generator.random((count, 1, 1, 1)) < 0.5, images, images[:, :, ::-1]
    )
    reach = max(images.shape[1] // 24, 1)
    padded = np.pad(
        flipped, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "edge"
    )
    size = images.shape[1]
    shifts = generator.integers(0, 2 * reach + 1, (count, 2))
    moved = np.stack([
        picture[y : y + size, x : x + size]
        for picture, (y, x) in zip(padded, shifts, strict=True)
    ])
    gain = generator.normal(1.0, 0.1, (count, 1, 1, 3))
    offset = generator.normal(0.0, 0.1, (count, 1, 1, 3))
    return (moved * gain + offset).astype("float32")


def _save(network, path):
    partial = path.with_name(f".{path.stem}.partial.keras")
    network.save(partial)
    os.replace(partial, path)


def nearest(embeddings, gallery):
    """The row of the gallery most like each embedding, int `[n]`."""
    return ops.convert_to_numpy(
        ops.argmax(ops.matmul(embeddings, ops.transpose(gallery)), axis=1)
    )
