"""Putting an edited face back into its photograph."""

import numpy as np
from scipy import ndimage

# The mask in a face of side 1: an ellipse around eyes and mouth (centre x, y
# and half axes), and how wide its soft edge is.
_ELLIPSE = (0.5, 0.52, 0.40, 0.46)
_SOFT_EDGE = 0.10


def paste(picture, edited, original, transform):
    """The photograph with a face replaced.

    The edited face takes on the colors that the same place has in the
    photograph, and goes over softly into it.

    Args:
        picture: uint8 `[h, w, 3]`.
        edited: uint8 `[s, s, 3]`, the edited face.
        original: uint8 `[s, s, 3]`, the face as it was cut out.
        transform: float `[2, 3]` from the photograph to the face, see
            `alignment.AlignedFace`.

    Returns:
        uint8 `[h, w, 3]`; outside the face it is the photograph.
    """
    side = edited.shape[0]
    mask = soft_mask(side)
    matched = match_colors(edited, original, mask)
    top, left, bottom, right = _bounds(picture, transform, side)
    # scipy counts (row, column).
    linear = transform[:, :2][::-1, ::-1]
    offset = transform[::-1, 2] + linear @ [top, left]

    def back(plane, order):
        return ndimage.affine_transform(
            plane, linear, offset, (bottom - top, right - left), order=order,
            mode="nearest" if order == 3 else "constant",
        )

    weight = np.clip(back(mask, 1), 0.0, 1.0)[:, :, None]
    face = np.stack(
        [back(matched[:, :, channel], 3) for channel in range(3)], axis=-1
    )
    result = picture.copy()
    region = result[top:bottom, left:right]
    blended = weight * face + (1.0 - weight) * region
    result[top:bottom, left:right] = np.clip(np.rint(blended), 0, 255)
    return result


def soft_mask(side):
    """float `[side, side]`: 1 in the face, 0 at the border of its square."""
    places = (np.arange(side) + 0.5) / side
    center_x, center_y, half_x, half_y = _ELLIPSE
    x = (places[None, :] - center_x) / half_x
    y = (places[:, None] - center_y) / half_y
    distance = np.sqrt(x**2 + y**2)
    ramp = np.clip((1.0 - distance) * half_x / _SOFT_EDGE, 0.0, 1.0)
    # Without a kink at either end.
    return ramp**2 * (3.0 - 2.0 * ramp)


def match_colors(edited, original, mask):
    """The edited face with the original's mean and spread of each color.

    The rim of the mask decides: inside, the expression changes colors, too.

    Returns:
        float `[s, s, 3]`, about 0 to 255.
    """
    rim = mask * (1.0 - mask)
    rim = rim / rim.sum()
    matched = edited.astype("float64")
    for channel in range(3):
        wanted = original[:, :, channel].astype("float64")
        found = matched[:, :, channel]
        means = (rim * wanted).sum(), (rim * found).sum()
        spreads = [
            np.sqrt((rim * (values - mean) ** 2).sum())
            for values, mean in zip((wanted, found), means, strict=True)
        ]
        # A flat rim says nothing about contrast.
        gain = np.clip(spreads[0] / max(spreads[1], 1.0), 0.8, 1.25)
        matched[:, :, channel] = (found - means[1]) * gain + means[0]
    return matched


def _bounds(picture, transform, side):
    """The rectangle of the photograph in which the face lies."""
    inverse = np.linalg.inv(np.vstack([transform, [0.0, 0.0, 1.0]]))
    corners = np.array([
        [x, y, 1.0] for x in (0, side - 1) for y in (0, side - 1)
    ])
    places = corners @ inverse[:2].T
    low = np.floor(places.min(axis=0)).astype(int)
    high = np.ceil(places.max(axis=0)).astype(int) + 1
    height, width = picture.shape[:2]
    left, top = np.clip(low, 0, [width - 1, height - 1])
    right, bottom = np.clip(high, [left + 1, top + 1], [width, height])
    return top, left, bottom, right
