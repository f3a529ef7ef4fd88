"""How networks that tell expressions or people apart learn from images.

Judges of edits are such networks, and the classifiers that made faces are
tried with. Theirs is another structure than that of G_enc.
"""

import keras
import numpy as np

WIDTHS = (16, 32, 64, 128)
BATCH_SIZE = 48


def expression_network(config):
    """A network with fresh weights from images to logits `[n, K]`."""
    image = keras.Input((config.image_size, config.image_size, 3))
    return keras.Model(
        image, keras.layers.Dense(config.num_classes)(trunk(image))
    )


def trunk(image):
    """Convolutions with batch normalization and pooling, flattened."""
    x = image
    for filters in WIDTHS:
        x = keras.layers.Conv2D(
            filters, 3, padding="same", use_bias=False
        )(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Flatten()(x)
    return keras.layers.Dropout(0.5)(x)


def prepare_to_learn(network, loss, steps):
    """Compiles a network for so many steps of `BATCH_SIZE` images."""
    network.compile(
        keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(2e-3, steps),
            weight_decay=1e-3,
        ),
        loss=loss, jit_compile=False,
    )


def varied(images, generator):
    """Random flips, shifts, and gains of each color.

    A judge that minds the color of the light would be fooled by a model
    that changes it.

    Args:
        images: float `[n, s, s, 3]` in [-1, 1].
        generator: of NumPy.
    """
    count, size = len(images), images.shape[1]
    reach = max(size // 24, 1)
    mirrored = generator.random(count) >= 0.5
    shifts = generator.integers(0, 2 * reach + 1, (count, 2))
    gain = generator.normal(1.0, 0.1, (count, 1, 1, 3))
    offset = generator.normal(0.0, 0.1, (count, 1, 1, 3))
    made = np.empty(images.shape, "float32")
    # One by one: large data sets fit into memory once, and not five times.
    for row, (y, x) in enumerate(shifts):
        image = images[row, :, ::-1] if mirrored[row] else images[row]
        padded = np.pad(image, ((reach, reach), (reach, reach), (0, 0)), "edge")
        made[row] = padded[y : y + size, x : x + size] * gain[row] + offset[row]
    return made
