"""Colours for gray photographs, so that a network sees coloured skin, too."""

import numpy as np

# Exponents of red, green and blue by which gray becomes skin, between which
# people and light are drawn.
_LOW = np.array([0.72, 0.96, 1.10])
_HIGH = np.array([0.90, 1.06, 1.45])


def is_gray(picture):
    """Whether uint8 `[h, w, 3]` has no colours."""
    wide = picture.astype("int16")
    return bool((np.ptp(wide, axis=-1) <= 6).mean() > 0.98)


def tinted(picture, generator):
    """A gray photograph in the colours of skin, its brightness kept.

    Args:
        picture: uint8 `[h, w, 3]`.
        generator: a `numpy.random.Generator`, which draws the tone.

    Returns:
        uint8 `[h, w, 3]`.
    """
    share = generator.uniform(size=3)
    exponent = _LOW + share * (_HIGH - _LOW)
    gray = picture.mean(axis=-1, keepdims=True) / 255.0
    colours = gray ** exponent
    luminance = colours @ np.array([0.299, 0.587, 0.114])
    colours *= gray / np.maximum(luminance, 1e-6)[..., None]
    return np.clip(np.rint(255 * colours), 0, 255).astype("uint8")
