"""The three networks of MTCNN, in NumPy.

Their weights come from the package `mtcnn`, which runs them in TensorFlow:
its import takes three seconds and half a gigabyte, and it is not there on
other backends. They are so small that NumPy runs them in half the time.

Maps are `[channels, n, h, w]`: so a convolution copies whole rows, and its
matrix product needs no other order.
"""

import functools
import importlib.util
import pathlib

import numpy as np

from exprgan_tf.errors import UserError

# Numbers of a convolution's rows that fit the processor's cache.
_BLOCK = 1 << 18


def weights_of(name):
    """The arrays of a network, as Keras orders them.

    Args:
        name: "pnet", "rnet" or "onet".

    Raises:
        UserError: when the package `mtcnn` is not there.
    """
    # The package itself would import TensorFlow.
    package = importlib.util.find_spec("mtcnn")
    if package is None:
        raise UserError(
            "finding faces needs the package mtcnn: pip install mtcnn; "
            "exprgan doctor tells more"
        )
    import joblib

    folder, = package.submodule_search_locations
    file = pathlib.Path(folder) / "assets" / "weights" / f"{name}.lz4"
    return [np.asarray(weights, "float32") for weights in joblib.load(file)]


def first(weights, images):
    """P-Net: how boxes move `[4, n, h, w]`, of 1 as their side, and how
    surely they are faces `[n, h, w]`."""
    maps = np.ascontiguousarray(images.transpose(3, 0, 1, 2))
    maps = _largest(_convolved(maps, *weights[:3]), 2)
    maps = _convolved(_convolved(maps, *weights[3:6]), *weights[6:9])
    return (
        _convolved(maps, *weights[9:11]), _sure(_convolved(maps, *weights[11:]))
    )


def second(weights, images):
    """R-Net: moves `[n, 4]` and how sure it is `[n]`."""
    maps = np.ascontiguousarray(images.transpose(3, 0, 1, 2))
    maps = _largest(_convolved(maps, *weights[:3]), 3)
    maps = _largest(_convolved(maps, *weights[3:6]), 3, padded=False)
    maps = _convolved(maps, *weights[6:9])
    values = _dense(_flat(maps), *weights[9:12])
    return (
        _dense(values, *weights[12:14]), _sure(_dense(values, *weights[14:]).T)
    )


def third(weights, images):
    """O-Net: moves `[n, 4]`, places `[n, 5, 2]` and how sure it is `[n]`."""
    maps = np.ascontiguousarray(images.transpose(3, 0, 1, 2))
    maps = _largest(_convolved(maps, *weights[:3]), 3)
    maps = _largest(_convolved(maps, *weights[3:6]), 3, padded=False)
    maps = _largest(_convolved(maps, *weights[6:9]), 2)
    maps = _convolved(maps, *weights[9:12])
    values = _dense(_flat(maps), *weights[12:15])
    places = _dense(values, *weights[17:19]).reshape(-1, 2, 5)
    return (
        _dense(values, *weights[15:17]), places.transpose(0, 2, 1),
        _sure(_dense(values, *weights[19:]).T),
    )


def _convolved(maps, kernel, bias, slopes=None):
    side, channels = kernel.shape[0], kernel.shape[3]
    inputs, count, height, width = maps.shape
    height, width = height - side + 1, width - side + 1
    matrix = np.ascontiguousarray(kernel.reshape(-1, channels).T)
    result = np.empty((channels, count, height, width), "float32")
    step = max(_BLOCK // (matrix.shape[1] * max(count * width, 1)), 1)
    for top in range(0, height, step):
        rows = min(step, height - top)
        seen = np.empty((side, side, inputs, count, rows, width), "float32")
        for i in range(side):
            for j in range(side):
                seen[i, j] = maps[:, :, top + i:top + i + rows, j:j + width]
        values = matrix @ seen.reshape(matrix.shape[1], -1)
        values += bias[:, None]
        if slopes is not None:
            _bend(values, slopes.reshape(-1, 1))
        result[:, :, top:top + rows] = values.reshape(
            channels, count, rows, width
        )
    return result


def _dense(values, kernel, bias, slopes=None):
    result = values @ kernel + bias
    if slopes is not None:
        _bend(result, slopes)
    return result


def _bend(values, slopes):
    """PReLU, in place."""
    below = np.minimum(values, 0)
    below *= slopes
    np.maximum(values, 0, out=values)
    values += below


def _largest(maps, side, padded=True):
    """The largest of every second `side` x `side` values. Those that stand
    over the edge are padded as TensorFlow pads."""
    height, width = maps.shape[2:]
    if padded:
        missing = [
            max(2 * (-(-length // 2) - 1) + side - length, 0)
            for length in (height, width)
        ]
        maps = np.pad(
            maps, ((0, 0), (0, 0), *((m // 2, m - m // 2) for m in missing)),
            constant_values=-np.inf,
        )
    rows, columns = ((length - side) // 2 + 1 for length in maps.shape[2:])
    maps = functools.reduce(np.maximum, (
        maps[:, :, i:i + 2 * rows - 1:2] for i in range(side)
    ))
    return functools.reduce(np.maximum, (
        maps[..., j:j + 2 * columns - 1:2] for j in range(side)
    ))


def _flat(maps):
    # Their weights were learned with columns first.
    channels, count, height, width = maps.shape
    return maps.transpose(1, 3, 2, 0).reshape(count, channels * height * width)


def _sure(logits):
    """Softmax of (no face, face)."""
    return 1.0 / (1.0 + np.exp(logits[0] - logits[1]))
