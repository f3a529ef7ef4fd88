"""phi of Eq. 7 for a run: VGG-Face from a file, or a small network.

The small network learns to tell the training subjects and expressions apart.
It never sees a held-out face.
"""

import keras
import numpy as np
from keras import ops

from exprgan_tf.data.batches import training_batches
from exprgan_tf.data.subjects import training_subjects
from exprgan_tf.model_files.configured_model import load_whole, save_whole
from exprgan_tf.networks import FaceFeatures
from exprgan_tf.training.setup import seeded

SMALL_BLOCKS = ((16, 16), (32, 32), (64, 64), (128, 128))


def face_features(dataset, config, run):
    """phi as `config.face_features` says, and prints which it is.

    Args:
        dataset: a `Dataset`.
        config: the run's `Config`.
        run: the `RunFolder`, which caches a network that is trained here.

    Returns:
        A `FaceFeatures`, or None for "none".

    Raises:
        UserError: when a file cannot be read.
    """
    choice = config.face_features
    if choice == "none":
        print("face features (Eq. 7): none, the identity loss is off")
        return None
    if choice != "trained":
        phi = load_whole(choice, FaceFeatures, f"--face_features={choice}")
    elif run.face_features_path.exists():
        phi = load_whole(run.face_features_path, FaceFeatures)
    else:
        print("face features (Eq. 7): training a small network first")
        phi = train_face_features(dataset, config)
        save_whole(phi.save, run.face_features_path)
    print(f"face features (Eq. 7): {phi.source}")
    if config.face_feature_size:
        print(f"face features (Eq. 7): of images resized to "
              f"{config.face_feature_size} pixels")
    return _with(
        phi, input_size=config.face_feature_size or phi.input_size,
        precision=config.mixed_precision,
    )


def train_face_features(dataset, config):
    """Trains the small network on subjects and expressions.

    Where the data does not say who is in a picture, on expressions alone.

    beta_l is 1 over the mean size of phi_l on training images, divided by
    the number of layers: every layer counts alike, as a relative difference.

    Returns:
        A `FaceFeatures`.
    """
    seeded(config)
    subjects = training_subjects(dataset, config)
    phi = FaceFeatures(
        SMALL_BLOCKS, config.image_size, input_scale=1 / 127.5
    )
    classifier = _classifier(
        phi, len(subjects) if dataset.people_known else 0, config
    )
    batches = training_batches(dataset, config, stage=1).map(lambda batch: (
        batch["image"],
        {name: batch[key] for name, key in (
            ("subject", "subject"), ("expression", "label")
        ) if name in classifier.output_names},
    ))
    history = classifier.fit(
        batches, steps_per_epoch=config.face_feature_steps, shuffle=False,
        verbose=0,
    ).history
    images = next(iter(batches))[0]
    sizes = [
        float(ops.mean(ops.abs(feature))) for feature in phi(images)
    ]
    betas = [1.0 / (len(sizes) * max(size, 1e-6)) for size in sizes]
    right = ", ".join(
        f"{name}s {values[-1]:.2f}" for name, values in (
            (name, history.get(f"{name}_accuracy") or history["accuracy"])
            for name in classifier.output_names
        )
    )
    source = (
        f"a small network trained on {len(subjects)} training "
        f"{'subjects' if dataset.people_known else 'pictures'} for "
        f"{config.face_feature_steps} steps (right while it learned: {right})"
    )
    return _with(phi, betas=betas, source=source)


def _classifier(phi, num_subjects, config):
    image = keras.Input((config.image_size, config.image_size, 3))
    x = keras.layers.ReLU()(phi(image)[-1])
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(0.5)(x)
    outputs = {}
    if num_subjects:
        outputs["subject"] = keras.layers.Dense(
            num_subjects, name="subject"
        )(x)
    outputs["expression"] = keras.layers.Dense(
        config.num_classes, name="expression"
    )(x)
    losses = {
        "subject": keras.losses.SparseCategoricalCrossentropy(
            from_logits=True
        ),
        "expression": keras.losses.CategoricalCrossentropy(from_logits=True),
    }
    classifier = keras.Model(image, outputs)
    classifier.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(
            1e-3, config.face_feature_steps
        )),
        loss={name: losses[name] for name in outputs},
        metrics=dict.fromkeys(outputs, "accuracy"),
        jit_compile=keras.backend.backend() == "jax",
    )
    return classifier


def _with(phi, **changes):
    """The same weights in a network with other settings."""
    changed = FaceFeatures(**{**phi.get_config(), **changes})
    changed.set_weights([np.asarray(value) for value in phi.get_weights()])
    return changed
