"""How a photograph changes: displacement, ratio image, mask and colours."""

import dataclasses

import numpy as np
from scipy import ndimage

from exprgan_tf.animation.fields import box_around, sample
from exprgan_tf.faces.alignment import different_channels

# A pixel that moves less than this share of one, and gets brighter by less
# than half a step of 255, is the photograph's own.
STILL = 1e-3
_SPLINE = 3
# Room around what moves, so that the spline has its neighbours.
_ROOM = 12


@dataclasses.dataclass(frozen=True)
class Motion:
    """One change of one photograph, on a frame around its face.

    Attributes:
        transform: float `[2, 3]`, from the photograph to the frame, pixels
            with the centre of the first at 0.
        displacement: float32 `[s, s, 2]`, pixels of the frame: what is shown
            at p was at p + displacement.
        ratio: float32 `[s, s]`, by which what was moved is multiplied.
        mask: float32 `[s, s]`, 0 to 1, the share of `colours`.
        colours: float32 `[s, s, 3]`, 0 to 255, of what the photograph does
            not show.
        grain: standard deviation of the photograph's noise, of 255, which
            colours get, too.
    """

    transform: np.ndarray
    displacement: np.ndarray
    ratio: np.ndarray
    mask: np.ndarray
    colours: np.ndarray
    grain: float = 0.0

    @property
    def changes(self):
        """bool `[s, s]`: where the frame does not stay as it is."""
        return (
            (np.abs(self.displacement[..., 0]) > STILL)
            | (np.abs(self.displacement[..., 1]) > STILL)
            | (np.abs(self.ratio - 1) > STILL) | (self.mask > STILL)
        )

    def apply(self, picture):
        """The photograph with this change, in its own resolution.

        Args:
            picture: uint8 `[h, w, 3]`, the photograph that was fitted.

        Returns:
            uint8 `[h, w, 3]`; the same values wherever nothing changes.
        """
        rows, columns, x, y = self._changed(picture.shape[:2])
        if not len(rows):
            return picture.copy()
        fields = sample(np.concatenate([
            self.displacement, self.ratio[..., None], self.mask[..., None],
        ], axis=-1), x, y)
        moved, ratio, mask = np.split(fields, [2, 3], axis=-1)
        back = np.linalg.inv(self.transform[:, :2])
        moved = moved @ back.T.astype("float32")
        top, left = rows.min(), columns.min()
        source_y, source_x = rows + moved[:, 1], columns + moved[:, 0]
        low_y, low_x = (
            max(int(min(part.min(), edge)) - _ROOM, 0)
            for part, edge in ((source_y, top), (source_x, left))
        )
        end_y, end_x = int(source_y.max()) + _ROOM, int(source_x.max()) + _ROOM
        region = picture[low_y:end_y, low_x:end_x]
        place = np.stack([source_y - low_y, source_x - low_x])
        values = np.stack([
            ndimage.map_coordinates(
                region[..., channel].astype("float32"), place,
                # Beyond the photograph's edge skin goes on, and no streaks.
                order=_SPLINE, mode="mirror",
            ) for channel in range(different_channels(region))
        ], -1)
        values = values * ratio
        new = mask[:, 0] > 0
        if new.any():
            noise = np.random.default_rng(0).normal(0, 1, (new.sum(), 1))
            colours = sample(self.colours, x[new], y[new])
            # Dark places have less of it.
            noise = noise * np.minimum(colours.mean(1, keepdims=True) / 128, 1)
            colours = colours + self.grain * noise.astype("float32")
            values = np.broadcast_to(values, (len(x), 3)).copy()
            values[new] += mask[new] * (colours - values[new])
        out = picture.copy()
        out[rows, columns] = np.clip(np.rint(values), 0, 255)
        return out

    def _changed(self, shape):
        """Rows, columns of changed pixels, and their places in the frame."""
        changes = self.changes
        if not changes.any():
            return (np.zeros(0, int),) * 2 + (np.zeros(0),) * 2
        box = box_around(changes, 1)
        changes[box] = ndimage.binary_dilation(changes[box])
        down, along = (
            (part.start - 1, min(part.stop, size))
            for part, size in zip(box, changes.shape, strict=True)
        )
        corners = np.array([(x, y) for x in along for y in down])
        back = np.linalg.inv(self.transform[:, :2])
        corners = (corners - self.transform[:, 2]) @ back.T
        low = np.clip(np.floor(corners.min(axis=0)), 0, None).astype(int)
        high = np.ceil(corners.max(axis=0)).astype(int) + 1
        high = np.minimum(high, shape[::-1])
        columns, rows = np.meshgrid(
            np.arange(low[0], high[0]), np.arange(low[1], high[1])
        )
        columns, rows = columns.ravel(), rows.ravel()
        linear, shift = self.transform[:, :2], self.transform[:, 2]
        x = linear[0, 0] * columns + linear[0, 1] * rows + shift[0]
        y = linear[1, 0] * columns + linear[1, 1] * rows + shift[1]
        side = len(self.mask)
        inside = (x >= 0) & (y >= 0) & (x <= side - 1) & (y <= side - 1)
        near = np.zeros(len(x), bool)
        near[inside] = changes[
            np.rint(y[inside]).astype(int), np.rint(x[inside]).astype(int)
        ]
        return rows[near], columns[near], x[near], y[near]


def between(corners):
    """One motion of several of the same frame.

    Args:
        corners: pairs of a `Motion` and its weight, which add up to 1.
    """
    (first, _), *others = corners
    if not others:
        return first
    mask = sum(weight * motion.mask for motion, weight in corners)
    # Colours count where they are admitted alone.
    painted = sum(
        (weight * motion.mask)[..., None] * motion.colours
        for motion, weight in corners
    )
    return Motion(
        first.transform,
        sum(weight * motion.displacement for motion, weight in corners),
        sum(weight * motion.ratio for motion, weight in corners),
        mask, painted / np.maximum(mask, 1e-6)[..., None], first.grain,
    )
