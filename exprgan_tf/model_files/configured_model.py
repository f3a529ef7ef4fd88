"""What models with a `Config` share: one file, and checked images."""

import pathlib
import warnings
import zipfile

import keras
import numpy as np
from keras import ops

from exprgan_tf.config import Config
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.heads import class_index
from exprgan_tf.support.atomic import whole_file
from exprgan_tf.support.backend import without_gradients
from exprgan_tf.support.keras_settings import require_settings


class ConfiguredModel(keras.Model):
    """A model that is made of `self.config` and saved as one file.

    Raises:
        UserError: when Keras is set to build other layers than were saved.
    """

    def __init__(self, **kwargs):
        require_settings()
        super().__init__(**kwargs)

    def require_images(self, images):
        """Images as a float32 array.

        Raises:
            UserError: when they are not `[n, s, s, 3]`, or none.
        """
        images = np.asarray(images, "float32")
        size = self.config.image_size
        if images.shape[1:] != (size, size, 3) or not len(images):
            raise UserError(
                f"images must be an array [n, {size}, {size}, 3], not "
                f"{list(images.shape)}"
            )
        return images

    def class_index(self, expression):
        """See `heads.class_index`."""
        return class_index(self.config, expression)

    def get_config(self):
        return {"config": self.config.to_dict()}

    @classmethod
    def from_config(cls, config):
        return cls(Config.from_dict(config["config"]))

    def save(self, path):
        """Writes one file, `*.keras`; it appears only when it is whole.

        Raises:
            UserError: when the name ends otherwise, or cannot be written.
        """
        save_whole(super().save, path)


def load_whole(path, kind, name=None):
    """The Keras model of a file.

    Args:
        path: the file.
        kind: the class that it must be of.
        name: what errors call the file; default: its path.

    Raises:
        UserError: when it cannot be read or holds something else.
    """
    name = name or path
    _require_whole(path, name)
    try:
        # Keras warns of each part that is damaged before it raises.
        with warnings.catch_warnings(action="ignore"):
            model = keras.saving.load_model(path)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None
    # What lies in the file is read by Keras, JSON and HDF5, which raise many
    # things on what is broken.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{name} is not a model that can be read: {reason}"
        ) from None
    if not isinstance(model, kind):
        raise UserError(f"{name} holds another model than {kind.__name__}")
    return model


def _require_whole(path, name):
    """Keras says of a file that was cut off that it is not there."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except OSError as error:
        raise UserError(f"{name} cannot be read: {error.strerror}") from None
    # Unknown ways to compress, encryption, and what else a ZIP file may be.
    except Exception:
        damaged = "all of it"
    if damaged:
        raise UserError(
            f"{name} is no whole .keras file (damaged: {damaged}): it was cut "
            "off or changed; copy or save it again"
        )


def save_whole(save, path):
    """Calls Keras's `save` so that the file appears only when it is whole.

    Raises:
        UserError: when the name does not end in .keras, or cannot be
            written.
    """
    path = pathlib.Path(path)
    if path.suffix != ".keras":
        raise UserError(f"{path}: a model's name must end in .keras")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            save(partial)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error}") from None


def in_batches(function, batch_size, *arrays):
    """Applies a function to parts of arrays and joins what it gives."""
    arrays = [np.asarray(array, "float32") for array in arrays]
    with without_gradients():
        parts = [
            ops.convert_to_numpy(function(*(
                array[start : start + batch_size] for array in arrays
            )))
            for start in range(0, len(arrays[0]), batch_size)
        ]
    return np.concatenate(parts)
