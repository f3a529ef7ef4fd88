"""Small functions of points and colors that painting is made of."""

import numpy as np
from scipy.interpolate import CubicSpline


def smooth_step(low, high, x):
    """From 0 at `low` to 1 at `high`, without corners; low > high falls."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def curve(points, count=40):
    """`count` points of the spline through `points` `[n, d]`."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    arc = np.concatenate([[0], np.cumsum(steps)])
    return CubicSpline(arc / arc[-1], points)(np.linspace(0, 1, count))


def distance_to_curve(points, line):
    """Distance of `points` `[..., d]` to a sampled curve `[n, d]`.

    Returns:
        Distance and position along the curve in [0, 1], float32 `[...]`.
    """
    nearest = np.full(points.shape[:-1], 1e9, "float32")
    position = np.zeros(points.shape[:-1], "float32")
    for index, point in enumerate(line):
        squared = ((points - point) ** 2).sum(-1)
        closer = squared < nearest
        nearest[closer] = squared[closer]
        position[closer] = index / (len(line) - 1)
    return np.sqrt(nearest), position


def linear_rgb(rgb):
    """From sRGB, 0 to 255, to linear RGB, 0 to 1, float32."""
    value = np.asarray(rgb, "float32") / 255
    return np.where(
        value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    ).astype("float32")


def srgb(linear):
    """From linear RGB, 0 to 1, to sRGB, uint8."""
    value = np.where(
        linear <= 0.0031308, linear * 12.92,
        1.055 * np.maximum(linear, 1e-6) ** (1 / 2.4) - 0.055,
    )
    return np.clip(value * 255 + 0.5, 0, 255).astype("uint8")


def unit(vector):
    """The vector at length 1, float32."""
    vector = np.asarray(vector, "float32")
    return vector / np.linalg.norm(vector)
