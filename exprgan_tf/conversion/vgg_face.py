"""VGG-Face (Parkhi et al. 2015) as phi of Eq. 7, from the files in use.

MatConvNet's `vgg-face.mat` takes RGB images. The Keras ports take BGR images
and come in two layouts: keras-vggface calls its layers `conv1_1` and so on;
the sequential model of deepface numbers its convolutions.
"""

import re

import h5py
import numpy as np
import scipy.io

from exprgan_tf.errors import UserError
from exprgan_tf.networks import FaceFeatures

# RGB mean of the training images, as the authors' code and the Keras ports
# have it.
MEAN = (129.1863, 104.7624, 93.5940)
BLOCKS = (2, 2, 3, 3, 3)
_NAMES = [
    f"conv{block}_{index}"
    for block, count in enumerate(BLOCKS, start=1)
    for index in range(1, count + 1)
]
# The second convolutions; nothing behind conv5_2 is ever evaluated.
_USED = _NAMES[: _NAMES.index("conv5_2") + 1]


def convert(path, channel_order=None):
    """Reads a VGG-Face file of any width.

    Args:
        path: a MatConvNet `.mat`, or a Keras `.h5` (`.hdf5`).
        channel_order: "rgb" or "bgr", what the file's first convolution
            takes; None: RGB for MatConvNet, BGR for the Keras ports.

    Returns:
        A `FaceFeatures` for images of the file's input size.

    Raises:
        UserError: when the file is missing, cut off or something else.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise UserError(f"--input={path}: no such file")
    if suffix == ".mat":
        weights, input_size = _read_matconvnet(path)
        origin, default_order = "MatConvNet", "rgb"
    elif suffix in (".h5", ".hdf5"):
        weights, origin = _read_keras(path)
        input_size, default_order = 224, "bgr"
    else:
        raise UserError(f"--input={path}: must be a .mat or an .h5 file")
    _require_vgg(weights, path)
    channel_order = channel_order or default_order
    size = input_size
    phi = FaceFeatures(
        _widths(weights), size, mean=MEAN, channel_order=channel_order,
        # Eq. 7 leaves beta_l open; the authors' code divides the mean
        # absolute difference by the area of the map once more.
        betas=[1.0 / (size >> block) ** 2 for block in range(len(BLOCKS))],
        source=f"VGG-Face from {path.name} ({origin}, "
               f"{channel_order.upper()}, mean {MEAN}, input {size}x{size})",
    )
    for name in _USED:
        layer = phi.network.get_layer(name)
        layer.set_weights(weights[name])
    return phi


def _read_matconvnet(path):
    """Weights by layer name, and the input size."""
    try:
        content = scipy.io.loadmat(
            path, struct_as_record=False, squeeze_me=True
        )
        # The first edition of the file has everything within `net`.
        net = content.get("net")
        layers = net.layers if net is not None else content["layers"]
        meta = net if net is not None else content.get("meta")
        normalization = content.get(
            "normalization", getattr(meta, "normalization", None)
        )
        input_size = int(np.ravel(normalization.imageSize)[0])
        weights = {}
        for layer in layers:
            if re.fullmatch(r"conv\d_\d", str(layer.name)):
                kernel, bias = (
                    layer.weights if hasattr(layer, "weights")
                    else (layer.filters, layer.biases)
                )
                bias = np.ravel(np.asarray(bias, "float32"))
                # scipy drops dimensions of length 1.
                kernel = np.reshape(
                    np.asarray(kernel, "float32"), (3, 3, -1, len(bias))
                )
                weights[str(layer.name)] = [kernel, bias]
    # scipy raises many things on files that are cut off.
    except Exception as error:
        raise UserError(_unreadable(path, error)) from None
    return weights, input_size


def _read_keras(path):
    """Weights by layer name, and which layout it was."""
    try:
        with h5py.File(path, "r") as file:
            kernels = {}

            def visit(name, item):
                if isinstance(item, h5py.Dataset) and item.ndim in (1, 4):
                    # Keras 3 has a group `vars` within each layer's.
                    layer = name.rsplit("/", 1)[0].removesuffix("/vars")
                    kernels.setdefault(layer, {})[item.ndim] = (
                        item[()].astype("float32")
                    )

            root = file.get("model_weights", file)
            root.visititems(visit)
    except Exception as error:
        raise UserError(_unreadable(path, error)) from None
    layers = {
        re.search(r"[^/]+$", name)[0]: [parts[4], parts[1]]
        for name, parts in kernels.items() if len(parts) == 2
    }
    named = {
        name: layers[name] for name in _NAMES if name in layers
    }
    if named:
        return named, "Keras port with named layers"
    ordered = sorted(
        (name for name, (kernel, _) in layers.items()
         if kernel.shape[:2] == (3, 3)),
        key=lambda name: int((re.search(r"_(\d+)$", name) or [0, 0])[1]),
    )
    return (
        {name: layers[found] for name, found in
         zip(_NAMES, ordered, strict=False)},
        "sequential Keras port",
    )


def _require_vgg(weights, path):
    """Checks names and shapes of the convolutions that are used."""
    inputs = 3
    for name in _USED:
        if name not in weights:
            raise UserError(
                f"--input={path}: holds no convolution {name}; it is not "
                "VGG-Face"
            )
        kernel, bias = weights[name]
        expected = (3, 3, inputs, len(bias))
        if kernel.shape != expected:
            raise UserError(
                f"--input={path}: {name} has the shape {list(kernel.shape)}, "
                f"{list(expected)} expected"
            )
        if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            raise UserError(f"--input={path}: {name} holds no finite numbers")
        inputs = len(bias)


def _widths(weights):
    """Channels of the convolutions of each block, up to conv5_2."""
    return [
        [
            len(weights[f"conv{block}_{index}"][1])
            for index in range(1, count + 1)
            if f"conv{block}_{index}" in _USED
        ]
        for block, count in enumerate(BLOCKS, start=1)
    ]


def _unreadable(path, error):
    reason = " ".join(str(error).split())[:200]
    return f"--input={path} cannot be read, perhaps it is cut off: {reason}"
