"""Fields over the face's texture square: what every skin is painted with."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from exprgan_tf.rendering.fields import (
    curve,
    distance_to_curve,
    smooth_step,
)
from exprgan_tf.rendering.rasterizer import blur, pixel_buffers, rasterize
from exprgan_tf.rendering.topology import FACE

_UPPER_LIDS = ([36, 37, 38, 39], [42, 43, 44, 45])
_LOWER_LIDS = ([36, 41, 40, 39], [42, 47, 46, 45])


class PaintMaps:
    """Float32 maps `[s, s]`, where not said otherwise, of one model.

    Attributes:
        side: s.
        points: `[s, s, 3]`, the neutral face's surface, centimetres.
        lips, cheek, nose, ear, eye_ring, under_eye, beard: in [0, 1].
        upper_lid, lower_lid: distance to the lid's margin, centimetres.
        brows: `[10, 3]`, landmarks of both brows.
        wrinkles: `{band: map in [0, 1]}`.
    """

    def __init__(self, model, side=640):
        self.side = side
        self.points = _surface(model, side)
        landmarks = model.neutral[model.landmarks]
        self.brows = landmarks[17:27]
        x, y, z = np.moveaxis(self.points, -1, 0)
        ax = np.abs(x)
        front = smooth_step(2.0, 6.0, z)

        def spot(centre_x, centre_y, width, height):
            return np.exp(
                -((ax - centre_x) / width) ** 2
                - ((y - centre_y) / height) ** 2
            )

        self.lips = self._lips(model.vertex_uv[model.landmarks] * side)
        self.upper_lid, self.lower_lid = (
            np.minimum(*(
                distance_to_curve(self.points, curve(landmarks[lid]))[0]
                for lid in lids
            ))
            for lids in (_UPPER_LIDS, _LOWER_LIDS)
        )
        self.cheek = spot(4.3, -0.2, 2.3, 1.9) * front
        self.nose = spot(0, 0.2, 1.5, 1.6) * smooth_step(9.8, 11.5, z)
        self.ear = smooth_step(7.2, 8.0, ax) * smooth_step(4.5, 3.0, z)
        self.eye_ring = spot(3.15, 3.5, 1.9, 1.25) * front
        self.under_eye = spot(2.9, 2.3, 1.5, 0.55) * front
        edge = -1.9 + 0.62 * np.clip(ax - 2.2, 0, 9)
        jaw = smooth_step(0.6, -1.2, y - edge) * smooth_step(-12.5, -9.0, y)
        self.beard = jaw * (1 - self.lips) * smooth_step(1.5, 3.5, z)
        self.wrinkles = self._wrinkles(ax, y, z, front)

    def _lips(self, landmarks):
        """What lies inside the outer contour, with a soft edge."""
        ring = np.concatenate([
            curve(landmarks[points], 24) for points in (
                [48, 49, 50, 51], [51, 52, 53, 54], [54, 55, 56, 57],
                [57, 58, 59, 48],
            )
        ])
        fine = Image.new("L", (4 * self.side, 4 * self.side))
        ImageDraw.Draw(fine).polygon(
            [tuple(point) for point in ring * 4], fill=255
        )
        mask = np.asarray(fine.reduce(4), "float32") / 255
        return blur(mask, 2.2 * self.side / 640)

    def _wrinkles(self, ax, y, z, front):
        rows = sum(
            np.exp(-((y - height - 0.25 * np.cos(ax * 0.7)) / 0.15) ** 2)
            for height in (7.3, 8.3, 9.25)
        )
        crow = sum(
            np.exp(-((y - 3.35 - slope * (ax - 4.6)) / 0.10) ** 2)
            for slope in (-0.45, 0.0, 0.4)
        )
        folds = [
            distance_to_curve(self.points, curve(np.array([
                [side * 1.75, 0.35, 10.6], [side * 2.55, -0.8, 10.6],
                [side * 3.15, -2.3, 10.1], [side * 3.35, -3.6, 9.6],
            ], "float32")))
            for side in (-1, 1)
        ]
        fold, along = np.where(folds[0][0] < folds[1][0], *folds)
        across = np.exp(-((y - 3.6) / 0.16) ** 2) + np.exp(
            -((y - 2.9 - 0.2 * ax) / 0.15) ** 2
        )
        maps = {
            "glabella": np.exp(
                -((ax - 0.45 - 0.05 * (y - 5.4)) / 0.17) ** 2
                - ((y - 5.35) / 0.95) ** 2
            ) * front,
            "forehead": rows * smooth_step(5.6, 2.0, ax) * front,
            "inner_forehead": rows * smooth_step(3.2, 1.0, ax) * front,
            "nasolabial": np.exp(-((fold / 0.26) ** 2)) * np.sin(
                np.pi * np.clip(0.12 + 0.8 * along, 0, 1)
            ),
            "crow": crow * smooth_step(4.7, 5.1, ax)
            * smooth_step(6.3, 5.6, ax) * smooth_step(2.2, 3, y) * front,
            "bridge": across * smooth_step(1.3, 0.5, ax)
            * smooth_step(9.5, 10.3, z),
        }
        return {name: map_.astype("float32") for name, map_ in maps.items()}

    def noise(self, generator, sigma, stretch=1.0):
        """Smooth noise of deviation 1; sigma in 640ths of the square."""
        sigma = sigma * self.side / 640
        noise = ndimage.gaussian_filter(
            generator.standard_normal((self.side, self.side), "float32"),
            (sigma * stretch, sigma), mode="wrap",
        )
        return noise / noise.std()


def _surface(model, side):
    """Points `[s, s, 3]` of the neutral face; holes take their neighbour's."""
    face = model.parts == FACE
    corners = model.corner_uv[face].reshape(-1, 2) * np.float32(side)
    triangles = np.arange(len(corners), dtype="int32").reshape(-1, 3)
    buffers = pixel_buffers(side, side)
    rasterize(
        corners[:, 0].copy(), corners[:, 1].copy(),
        np.ones(len(corners), "float32"), triangles, *buffers,
    )
    _, shown, second, third = buffers
    weights = np.stack([1 - second - third, second, third], -1)
    points = (
        model.neutral[model.triangles[face]][shown] * weights[..., None]
    ).sum(2)
    row, column = ndimage.distance_transform_edt(
        shown < 0, return_distances=False, return_indices=True
    )
    return points[row, column].astype("float32")
