"""Files of models with weights of 16 bits."""

import pathlib
import tempfile
import zipfile

import h5py
import numpy as np

from exprgan_tf.errors import UserError
from exprgan_tf.model_files.configured_model import save_whole

# Where Keras keeps the weights in a file of a model.
_WEIGHTS = "model.weights.h5"


def pack(source, output):
    """Writes a model's file with weights in float16.

    Args:
        source, output: paths of `*.keras` files.

    Raises:
        UserError: when the source is no model, a weight is beyond float16,
            or the output cannot be written.
    """
    if not zipfile.is_zipfile(source):
        raise UserError(f"--model={source}: no file of a model")
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if _WEIGHTS not in files:
        raise UserError(f"--model={source}: no file of a model")
    files[_WEIGHTS] = _in_16_bits(files[_WEIGHTS], source)

    def write(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)

    save_whole(write, output)


def _in_16_bits(content, source):
    """The bytes of an HDF5 file, its float32 arrays as float16."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / _WEIGHTS
        path.write_bytes(content)
        with h5py.File(path, "a") as file:
            arrays = []
            file.visititems(lambda name, item: arrays.append(name) if (
                isinstance(item, h5py.Dataset) and item.dtype == "float32"
            ) else None)
            for name in arrays:
                values, kept = file[name][()], dict(file[name].attrs)
                if np.abs(values).max(initial=0.0) > np.finfo("float16").max:
                    raise UserError(
                        f"--model={source}: {name} is too large for 16 bits"
                    )
                del file[name]
                # Exponents are much alike: apart from the rest they shrink.
                file.create_dataset(
                    name, data=values.astype("float16"),
                    **({"compression": "gzip", "shuffle": True}
                       if values.ndim else {}),
                )
                file[name].attrs.update(kept)
        # Only a copy gives up the room of what was deleted.
        packed = pathlib.Path(folder) / f"packed-{_WEIGHTS}"
        with h5py.File(path) as old, h5py.File(packed, "w") as new:
            for name in old:
                old.copy(name, new)
            new.attrs.update(old.attrs)
        return packed.read_bytes()
