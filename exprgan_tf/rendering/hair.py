"""Where hair grows, how it stands off the head, and long hair."""

import numpy as np
from scipy import ndimage

from exprgan_tf.rendering.fields import smooth_step


def hair_field(points, traits):
    """How far inside the hair points of the neutral head are.

    Args:
        points: float `[..., 3]`, centimetres.
        traits: the subject's `Traits`.

    Returns:
        `[...]`, about centimetres; the hairline is at 0, skin is negative.
    """
    x, y, z = np.moveaxis(np.asarray(points, "float32"), -1, 0)
    if traits.hair_style == "bald":
        return np.full(x.shape, -9.0, "float32")
    ax = np.abs(x)
    # The hairline falls towards the temples, then runs down before the ear.
    line = (
        traits.hairline
        - traits.temple * 0.07 * ax ** 2
        - 2.6 * smooth_step(4.8, 7.4, ax) * smooth_step(7.5, 4.0, z)
        - traits.peak * np.exp(-((x / 1.6) ** 2))
    )
    side = np.minimum(3.65 - z + 0.28 * (y - 3), 0.7 * (y - 0.65))
    ear = smooth_step(7.3, 7.8, ax) * smooth_step(4.8, 4.1, y) * np.maximum(
        smooth_step(-2.0, -1.0, z), smooth_step(7.9, 8.3, ax)
    )
    nape = np.minimum(-3.0 - z, y + 8.0)
    field = np.maximum(y - line, side) - 9 * ear
    return np.maximum(field, nape).astype("float32")


def stand_off(vertices, field, traits):
    """How far hair lifts each vertex `[v, 3]` off the head, centimetres.

    It grows over the first centimetres behind the hairline: a step there
    would show the edges of the model's polygons.
    """
    ear = smooth_step(7.3, 8.1, np.abs(vertices[:, 0])) * smooth_step(
        6.5, 4.5, vertices[:, 1]
    )
    # Shorter from the crown down, as hair is cut; else it ends in a step.
    cut = smooth_step(1.5, 9.0, vertices[:, 1])
    return traits.hair_volume * smooth_step(-0.2, 2.6, field) * cut * (1 - ear)


def long_hair(generator, traits, half_width):
    """Long hair as sheets: one behind the head, a lock on either side.

    Args:
        generator: draws waves and strands.
        traits: the subject's `Traits`.
        half_width: of the head with its ears, centimetres.

    Returns:
        vertices float32 `[v, 3]`, triangles int32 `[t, 3]`, and brightness
        of the strands float32 `[v]`.
    """
    wave = generator.uniform(0.0, 0.45), generator.uniform(5.0, 9.0)
    sheets = [_back(generator, traits, half_width, wave)]
    if traits.covered_ears:
        sheets += [
            _lock(generator, traits, half_width, wave, side)
            for side in (-1, 1)
        ]
    vertices, triangles, strands = [], [], []
    count = 0
    for points, strand in sheets:
        rows, columns = strand.shape
        index = np.arange(rows * columns).reshape(rows, columns) + count
        a, b = index[:-1, :-1].ravel(), index[1:, :-1].ravel()
        c, d = index[1:, 1:].ravel(), index[:-1, 1:].ravel()
        triangles += [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
        vertices.append(points.reshape(-1, 3))
        strands.append(strand.ravel())
        count += rows * columns
    return (
        np.concatenate(vertices).astype("float32"),
        np.concatenate(triangles).astype("int32"),
        np.concatenate(strands).astype("float32"),
    )


def _back(generator, traits, half_width, wave):
    """A sheet around the back of the head, curved towards the camera."""
    rows, columns = 40, 81
    across = np.linspace(-1, 1, columns)[None]
    ends = traits.hair_length + _ragged(generator, columns)
    y = 11.5 + np.linspace(0, 1, rows)[:, None] * (ends - 11.5)
    crown = np.sqrt(np.clip(1 - ((y - 1.0) / 13.2) ** 2 * (y > 1), 0, 1))
    below = np.clip(1 - y, 0, 20)
    half = (half_width + traits.hair_flare) * crown
    half = half + 0.07 * traits.hair_flare * below
    # Ends of shorter hair turn inwards.
    half = half - 0.9 * smooth_step(4, 0, y - traits.hair_length)
    x = across * half + _swing(generator, y, wave) * np.sign(across)
    z = 1.5 - 6 * across ** 2 - 1.5 * (1 - across ** 2) + 0 * y
    z = z + 0.35 * _tufts(generator, rows, columns)
    strand = _strands(generator, rows, columns)
    return np.stack([x, y, z], -1), strand * (0.5 + 0.5 * np.abs(across))


def _lock(generator, traits, half_width, wave, side):
    """From the temple over the ear and down beside the cheek."""
    rows, columns = 40, 25
    across = np.linspace(0, 1, columns)[None]
    ends = traits.hair_length + 0.8 + _ragged(generator, columns)
    y = 10.5 + np.linspace(0, 1, rows)[:, None] * (ends - 10.5)
    inner = half_width - 2.1 - 1.6 * smooth_step(4.0, 10.0, y)
    inner = inner + 0.5 * smooth_step(2.0, -4.0, y) + traits.lock_gap
    inner = inner - 1.1 * smooth_step(-3.0, -12.0, y)
    outer = half_width + 0.35 * traits.hair_flare + 0.5
    outer = outer - 1.8 * smooth_step(4.5, 11.5, y)
    outer = outer + 0.05 * traits.hair_flare * np.clip(1 - y, 0, 20)
    outer = outer - 0.9 * smooth_step(4, 0, y - traits.hair_length)
    x = inner * (1 - across) + outer * across
    x = side * (x + _swing(generator, y, wave))
    # A rounded tuft: its middle is nearer to the camera than its edges.
    z = 3.6 + 1.3 * np.sin(np.pi * (0.15 + 0.75 * across)) - 3.0 * across
    z = z - 2.4 * smooth_step(6.0, 10.5, y) + 0 * y
    z = z + 0.25 * _tufts(generator, rows, columns)
    strand = _strands(generator, rows, columns)
    return np.stack([x, y, z], -1), strand


def _swing(generator, y, wave):
    """Sideways waves that grow with the distance from the crown."""
    height, length = wave
    phase = generator.uniform(0, 2 * np.pi)
    return height * np.sin(
        2 * np.pi * y / length + phase
    ) * smooth_step(5.0, -4.0, y)


def _ragged(generator, columns):
    """Where each strand ends, centimetres above or below the others."""
    noise = generator.standard_normal(columns)
    return 0.5 * ndimage.gaussian_filter1d(noise, 0.7)[None]


def _tufts(generator, rows, columns):
    noise = ndimage.gaussian_filter(
        generator.standard_normal((rows, columns)), (9, 1.8)
    )
    return noise / noise.std()


def _strands(generator, rows, columns):
    """Brightness `[rows, columns]` that changes across more than along."""
    noise = ndimage.gaussian_filter(
        generator.standard_normal((rows, columns)), (7, 0.7)
    )
    return np.exp(0.24 * noise / noise.std())
