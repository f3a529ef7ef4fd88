"""Paints a person's skin, lips, brows, lashes, stubble and hairline."""

import dataclasses

import numpy as np

from exprgan_tf.rendering.fields import (
    curve,
    distance_to_curve,
    smooth_step,
)
from exprgan_tf.rendering.hair import hair_field


@dataclasses.dataclass
class Skin:
    """Float32 maps over the face's texture square.

    Attributes:
        texture: `[s, s, 3]`, linear RGB.
        gloss: `[s, s]`, strength of highlights.
        bare: `[s, s]`, strength of wrinkles, 0 under hair.
    """

    texture: np.ndarray
    gloss: np.ndarray
    bare: np.ndarray


def paint_skin(maps, traits, generator):
    """Paints the `Skin` of `Traits` with the model's `PaintMaps`."""
    painter = _Painter(maps, traits, generator)
    painter.complexion()
    if traits.stubble:
        painter.stubble()
    painter.lips()
    for side in (-1, 1):
        painter.brow(side)
    painter.lashes()
    hair = painter.hair()
    gloss = (
        0.030 + 0.030 * maps.nose + 0.020 * maps.cheek + 0.075 * maps.lips
    ) * (1 - 0.7 * hair)
    return Skin(
        np.clip(painter.texture, 0.004, 0.95).astype("float32"),
        gloss.astype("float32"),
        (traits.wrinkles * (1 - hair)).astype("float32"),
    )


class _Painter:

    def __init__(self, maps, traits, generator):
        self.maps, self.traits, self.generator = maps, traits, generator
        self.texture = np.tile(traits.skin, (maps.side, maps.side, 1))

    def _tint(self, mask, color, strength):
        factor = np.asarray(color, "float32") - 1
        self.texture *= 1 + factor * (strength * mask)[..., None]

    def _cover(self, mask, color):
        mask = mask[..., None].astype("float32")
        self.texture += mask * (np.asarray(color, "float32") - self.texture)

    def _noise(self, sigma, stretch=1.0):
        return self.maps.noise(self.generator, sigma, stretch)

    def complexion(self):
        maps, uniform = self.maps, self.generator.uniform
        self._tint(maps.cheek, (1.02, 0.80, 0.80), uniform(0.25, 0.95))
        self._tint(maps.nose, (1.0, 0.82, 0.82), uniform(0.2, 0.8))
        self._tint(maps.ear, (1.0, 0.80, 0.78), 0.6)
        self._tint(maps.eye_ring, (0.86, 0.76, 0.76), uniform(0.2, 0.7))
        self._tint(maps.under_eye, (0.80, 0.76, 0.82), uniform(0.1, 0.6))
        uneven = 0.035 * self._noise(26) + 0.020 * self._noise(1.6)
        self.texture *= np.exp(uneven)[..., None]
        self._tint(np.clip(self._noise(12), 0, 2), (1.02, 0.95, 0.94), 0.5)
        if self.traits.freckles:
            spots = smooth_step(1.5, 2.3, self._noise(2.0))
            self._tint(spots * np.clip(maps.cheek + maps.nose, 0, 1),
                       (0.72, 0.60, 0.52), self.traits.freckles)
        for _ in range(self.generator.integers(0, 4)):
            x, y = uniform(-5, 5), uniform(-6, 8)
            apart = (maps.points[..., 0] - x) ** 2
            apart = apart + (maps.points[..., 1] - y) ** 2
            mole = np.exp(-apart / 0.018) * (maps.points[..., 2] > 7)
            self._tint(mole, (0.35, 0.28, 0.25), 0.8)

    def stubble(self):
        density = np.clip(0.9 + 0.08 * self._noise(1.2), 0, 1.1)
        self._cover(self.maps.beard * self.traits.stubble * density,
                    0.8 * self.traits.hair + 0.10 * self.traits.skin)

    def lips(self):
        red = self.traits.lip_red
        color = self.traits.skin * np.array(
            [0.98, 0.62 - 0.16 * red, 0.62 - 0.12 * red]
        ) * self.traits.lip_dark
        self._cover(self.maps.lips * (0.70 + 0.28 * red), color)

    def brow(self, side):
        """Around the landmarks' line, moved as the person's brows are."""
        maps, brows = self.maps, self.traits.brows
        points = maps.brows[:5][::-1] if side < 0 else maps.brows[5:]
        line = curve(points, 120)
        t = np.linspace(0, 1, 120)
        line[:, 1] += brows.arch * np.sin(np.pi * t) - brows.drop
        line[:, 1] += brows.tilt * (t - 0.4)
        line[:, 0] += side * brows.inner * (1 - t)
        x, y, z = np.moveaxis(maps.points, -1, 0)
        near = (y > 3.8) & (y < 8.2) & (z > 6) & (side * x > 0)
        apart = np.full(x.shape, 9, "float32")
        along = np.zeros_like(x)
        flat = np.float32([1, 1, 0.5])  # the brow's ridge hides depth
        apart[near], along[near] = distance_to_curve(
            maps.points[near] * flat, (line * flat).astype("float32")
        )
        half = brows.thick * (1 - 0.72 * smooth_step(0.55, 1.0, along))
        half = half * (
            0.80 + 0.35 * np.sin(np.pi * np.clip(along * 1.3, 0, 1))
        )
        mask = 1 - smooth_step(0.55, 1.20, apart / half)
        mask *= 1 - smooth_step(brows.length - 0.14, brows.length, along)
        mask *= 0.65 + 0.35 * smooth_step(0, 0.22, along)
        hairs = 0.9 + 0.1 * self._noise(1.2)
        self._cover(np.clip(mask * brows.dark * hairs, 0, 1),
                    self.traits.hair * 0.75)

    def lashes(self):
        liner = self.traits.liner
        upper = (1 - smooth_step(0.05, 0.17, self.maps.upper_lid)) * liner
        lower = (1 - smooth_step(0.03, 0.12, self.maps.lower_lid)) * liner
        self._cover(
            np.maximum(upper, 0.35 * lower),
            np.array([0.018, 0.013, 0.012])
            + 0.12 * self.traits.skin * (1 - liner),
        )

    def hair(self):
        """Hair on the face's part of the head; returns where, in [0, 1].

        Single hairs get thinner towards the hairline: fine noise moves a
        wide soft edge, finer than the pixels of a small image.
        """
        field = hair_field(self.maps.points, self.traits)
        field = field + 0.16 * self._noise(7) + 0.22 * self._noise(0.8, 3.0)
        mask = smooth_step(-0.8, 0.9, field)
        strand = np.exp(0.20 * self._noise(1.1, 6.0))
        self._cover(mask, self.traits.hair * strand[..., None])
        return mask
