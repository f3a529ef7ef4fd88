"""The expression classifier of the paper (Fig. 4, Table 1).

G_enc with one fully connected layer of K units behind g(x), trained from
fresh weights on the training split. The held-out subjects tell how good it
is; the test split is never read here.
"""

import pathlib

import keras
from keras import ops

from exprgan_tf.data.batches import load_split, training_batches
from exprgan_tf.data.subjects import training_records, validation_part
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.configured_model import (
    ConfiguredModel,
    in_batches,
    load_whole,
)
from exprgan_tf.networks import build_encoder, layers
from exprgan_tf.support.progress import progress_bar
from exprgan_tf.training.setup import seeded

CLASSIFIER_FILE = "classifier.keras"

# By validation subjects of data/ictface128 at the demo's widths: 136 of 144
# right after 400 steps, 137 after 1200.
STEPS = 400


@keras.saving.register_keras_serializable("exprgan_tf")
class ExpressionClassifier(ConfiguredModel):
    """Which of the K expressions a face shows.

    Images are float `[n, s, s, 3]` in [-1, 1], s is `config.image_size`;
    label i is `config.classes[i]`.

    Example:
        classifier = ExpressionClassifier.load("runs/demo")
        labels = classifier.predict_labels(images)

    Args:
        config: a `Config` with its classes named.

    Raises:
        UserError: when the config names no classes.
    """

    def __init__(self, config, **kwargs):
        super().__init__(**kwargs)
        if not config.classes:
            raise UserError("--classes is empty: a classifier needs names")
        self.config = config
        encoder = build_encoder(config)
        logits = layers.dense(
            config.num_classes, config.identity_size, "expression"
        )(encoder.output)
        self.network = keras.Model(encoder.input, logits, name="classifier")
        self.built = True

    def call(self, images):
        """Logits `[n, K]`."""
        return self.network(images)

    def probabilities(self, images, batch_size=64):
        """How likely each expression is, float32 array `[n, K]`.

        Raises:
            UserError: for images of another shape.
        """
        return in_batches(
            lambda part: ops.softmax(self.network(part)), batch_size,
            self.require_images(images),
        )

    def predict_labels(self, images):
        """Class indices, int `[n]`.

        Raises:
            UserError: for images of another shape.
        """
        return self.probabilities(images).argmax(axis=1)

    def count_right(self, faces):
        """How many faces are told right, as `(right, of)`.

        Args:
            faces: what `load_split` returns; those whose expression is no
                class are left out.
        """
        known = faces["label"] >= 0
        found = self.predict_labels(faces["image"][known])
        return int((found == faces["label"][known]).sum()), int(known.sum())

    @classmethod
    def load(cls, path):
        """The classifier of a run folder or a file.

        Raises:
            UserError: when there is none, or it cannot be read.
        """
        path = pathlib.Path(path)
        if path.is_dir():
            path = path / CLASSIFIER_FILE
        if not path.exists():
            raise UserError(
                f"{path} does not exist: train it with --stage=classifier"
            )
        return load_whole(path, cls)


def train_classifier(dataset, config, run, steps=STEPS):
    """Trains the classifier of a run, and prints how good it is.

    One that the run folder holds already is left as it is. The accuracy that
    is printed is that on the subjects of `validation_part`, if there are any.

    Args:
        dataset: a `Dataset`.
        config: the run's `Config`, with its classes named.
        run: the `RunFolder`; the file there is `classifier.keras`.
        steps: training steps of `config.batch_sizes[0]` images.

    Returns:
        An `ExpressionClassifier`.

    Raises:
        UserError: when the folder's file cannot be read or written.
    """
    path = run.path / CLASSIFIER_FILE
    if path.exists():
        print("the classifier has been trained already")
        return ExpressionClassifier.load(path)
    with progress_bar(steps, "classifier", "step") as progress:
        classifier = fit_classifier(dataset, config, steps, progress)
    classifier.save(path)
    split, subjects = validation_part(dataset, config)
    if subjects:
        right, count = classifier.count_right(
            load_split(dataset, split, config, subjects)
        )
        print(
            f"classifier: {right} of {count} images right "
            f"({right / count:.3f}) of {len(subjects)} validation subjects"
        )
    print(f"classifier: {path}")
    return classifier


def fit_classifier(dataset, config, steps, progress, generated=None):
    """A classifier after so many steps from fresh weights.

    The optimizer is the paper's, at the first stage's learning rate, which
    falls to zero along a cosine.

    Args:
        dataset: a `Dataset`.
        config: the `Config`; weights, order and flips follow from its seed.
        steps: training steps of `config.batch_sizes[0]` images.
        progress: a progress bar, moved on by each step, or None.
        generated: a `Dataset` whose training split joins that of `dataset`,
            or None. Every image of both is as likely in a batch.
    """
    # The order of `training_batches` depends on it as the weights do.
    seeded(config)
    classifier = ExpressionClassifier(config)
    # Compiled beside the classifier, whose file then holds no optimizer.
    trained = keras.Model(
        classifier.network.inputs, classifier.network.outputs
    )
    trained.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(
                config.learning_rates[0], steps
            ),
            config.adam_beta_1, config.adam_beta_2, config.adam_epsilon,
        ),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        jit_compile=keras.backend.backend() == "jax",
    )
    # Nothing here needs images of one person to change alike.
    config = config.replace(source_images="same")
    batches = training_batches(dataset, config, stage=1)
    if generated:
        batches = _mixed(batches, dataset, generated, config)
    trained.fit(
        batches.map(lambda batch: (batch["image"], batch["label"])),
        steps_per_epoch=steps, shuffle=False, verbose=0,
        callbacks=progress and [keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: progress.update()
        )],
    )
    return classifier


def _mixed(batches, dataset, generated, config):
    """Batches from two data sets, drawn in proportion to their sizes."""
    import tensorflow as tf

    size = config.batch_sizes[0]
    # All of them count: none is held out, no remainder of an epoch is lost.
    made_config = config.replace(
        validation_subjects=0, batch_sizes=(1,) * len(config.batch_sizes)
    )
    made = training_batches(generated, made_config, stage=1)
    counts = [
        training_records(dataset, config),
        training_records(generated, made_config),
    ]
    return tf.data.Dataset.sample_from_datasets(
        [batches.unbatch(), made.unbatch()],
        [count / sum(counts) for count in counts], seed=config.seed,
        # Both are endless.
        stop_on_empty_dataset=True,
    ).batch(size, drop_remainder=True).prefetch(4)
