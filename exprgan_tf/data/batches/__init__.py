"""Training batches and splits, by the pipeline of the backend in use.

With TensorFlow that is tf.data; PyTorch and JAX train where TensorFlow is not
installed, with NumPy and Pillow. Both are functions of the step number with
the same rules; their draws are not the same.
"""

import keras

if keras.backend.backend() == "tensorflow":
    from exprgan_tf.data.batches.tf_data import (
        load_split,
        stored_images,
        training_batches,
    )
else:
    from exprgan_tf.data.batches.without_tensorflow import (
        load_split,
        stored_images,
        training_batches,
    )

__all__ = ["load_split", "stored_images", "training_batches"]
