"""How a photograph changes: displacement, ratio image, mask and colours."""

import dataclasses

import cv2
import numpy as np

from exprgan_tf.animation.fields import box_around, on_picture, read_between

# A pixel that moves less than this share of one, and gets brighter by less
# than half a step of 255, is the photograph's own.
_STILL = 1e-3
# Shade on skin is redder than light, since light goes into skin: so much more
# or less of a channel changes, where red is above blue by this share.
_WARMTH, _SKIN = np.float32([-0.25, 0.07, 0.25]), 0.3
# Rows that are computed at a time, so that they stay in the cache.
_STRIP = 128


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
            (np.abs(self.displacement[..., 0]) > _STILL)
            | (np.abs(self.displacement[..., 1]) > _STILL)
            | (np.abs(self.ratio - 1) > _STILL) | (self.mask > _STILL)
        )

    def apply(self, picture):
        """The photograph with this change, in its own resolution.

        Args:
            picture: uint8 `[h, w, 3]`, the photograph that was fitted.

        Returns:
            uint8 `[h, w, 3]`; the same values wherever nothing changes.
        """
        out = picture.copy()
        noise = np.random.default_rng(0)
        fields = np.dstack([self.displacement, self.ratio - 1.0, self.mask])
        rows, columns = self._region(picture.shape[:2])
        for top in range(rows.start, rows.stop, _STRIP):
            strip = slice(top, min(top + _STRIP, rows.stop)), columns
            values = self._moved(picture, fields, strip, noise)
            out[strip] = np.clip(np.rint(values, out=values), 0, 255)
        return out

    def _moved(self, picture, fields, region, noise):
        """float32 `[h, w, 3]`, 0 to 255, of a region of the picture."""
        there = on_picture(fields, self.transform, region)
        back = np.linalg.inv(self.transform[:, :2]).astype("float32")
        x, y = np.moveaxis(there[..., :2] @ back.T, -1, 0)
        rows, columns = (
            np.arange(part.start, part.stop, dtype="float32")
            for part in region
        )
        values = read_between(picture, x + columns, y + rows[:, None])
        values = _lit(values, there[..., 2])
        new = there[..., 3] > 0
        if new.any():
            grain = self.grain * noise.normal(0, 1, (new.sum(), 1))
            colours = on_picture(self.colours, self.transform, region)[new]
            # Dark places have less of it.
            grain = grain * np.minimum(colours.mean(1, keepdims=True) / 128, 1)
            share = there[new][:, 3:]
            values[new] += share * (
                colours + grain.astype("float32") - values[new]
            )
        return values

    def _region(self, shape):
        """Rows and columns of the picture in which the frame changes."""
        changes = self.changes
        if not changes.any():
            return slice(0, 0), slice(0, 0)
        down, along = box_around(changes, 1)
        corners = np.array([
            (x, y) for x in (along.start, along.stop - 1)
            for y in (down.start, down.stop - 1)
        ]) - self.transform[:, 2]
        corners = corners @ np.linalg.inv(self.transform[:, :2]).T
        left, top = np.clip(
            np.floor(corners.min(axis=0)), 0, shape[::-1]
        ).astype(int)
        right, bottom = np.clip(
            np.ceil(corners.max(axis=0)) + 1, 0, shape[::-1]
        ).astype(int)
        return slice(top, bottom), slice(left, right)


def _lit(values, light):
    """Colours `[h, w, 3]` under so much more light `[h, w]`, in shares."""
    channels = cv2.split(values)
    red, _, blue = channels
    # Several times faster than all channels at once.
    warm = np.maximum(red, 1.0)
    warm *= _SKIN
    np.divide(red - blue, warm, out=warm)
    np.clip(warm, 0, 1, out=warm)
    warm *= light
    light = 1 + light
    return cv2.merge([
        channel * (light + share * warm)
        for channel, share in zip(channels, _WARMTH, strict=True)
    ])


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
