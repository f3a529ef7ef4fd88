"""Images as they are trained on: decoded, changed; see `numpy_images`."""

import tensorflow as tf

from exprgan_tf.data.batches.changes import recolored, stretched


def changed(image, draws):
    """A stretched, shifted and colored copy of an image.

    Args:
        image: `[s, s, 3]` in [-1, 1].
        draws: `[10]`, see `stretched`.
    """
    size = image.shape[0]
    scale, shift = stretched(draws, size)
    transform = [scale[0], 0.0, shift[0], 0.0, scale[1], shift[1], 0.0, 0.0]
    image = tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None], transforms=[transform],
        output_shape=[size, size], fill_value=0.0,
        interpolation="BILINEAR", fill_mode="NEAREST",
    )[0]
    image = recolored(tf.ensure_shape(image, (size, size, 3)), draws)
    return tf.clip_by_value(image, -1, 1)


def decode_image(encoded, config):
    """A float image `[s, s, 3]` in [-1, 1] from an encoded one."""
    size = config.image_size
    image = tf.io.decode_image(encoded, 3, expand_animations=False)
    image.set_shape((None, None, 3))
    image = tf.cast(image, tf.float32)
    if config.pixel_normalization == "min_max":
        low, high = tf.reduce_min(image), tf.reduce_max(image)
        image = (image - low) * 255.0 / tf.maximum(high - low, 1.0)
    # Exact for the usual case, half the size; a box filter otherwise.
    image = tf.image.resize(image, (size, size), method="area")
    return image / 127.5 - 1.0
