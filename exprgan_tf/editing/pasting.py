"""Putting an edited face back into its photograph.

A decoder shows a face of its own making, softer than the photograph and lit
as its training data. So not the decoded face is pasted but what the edit
changed: the difference between the edit and the reconstruction of the face
as it was. Where that is a movement, of brows, lids and lips, optical flow
tells it, and the photograph's own pixels move. What flow cannot tell, such
as a fold, is added; and only where much is new, as in an opened mouth, are
decoded pixels shown, in the light of the photograph around them. This is
the idea of expression ratio images (Liu, Shan, Zhang 2001), with the motion
found by TV-L1 flow (Zach, Pock, Bischof 2007; scikit-image) instead of
marked points.
"""

import numpy as np
from scipy import ndimage
from skimage.registration import optical_flow_tvl1
from skimage.transform import resize

from exprgan_tf.faces import alignment
from exprgan_tf.faces.alignment import ramp
from exprgan_tf.pictures.colors import LUMA

# Lengths are shares of the face's side.
# Faces are worked on at this side at least.
_SIDE = 128
# Flow is sought at the decoder's resolution (it takes most of the time), in
# smoothed faces whose contrast is made equal, so that one weight of
# smoothness suits every light. It is held to the longest way that skin goes,
# then smoothed.
_FLOW_BLUR, _FLOW_CONTRAST = 0.01, 0.5
_LONGEST_WAY, _FLOW_SMOOTHING = 0.1, 0.012
_ATTACHMENT, _TIGHTNESS = 5.0, 0.3
# What flow leaves: slower changes than this are light and tint, and not the
# expression's; faster ones are the decoder's noise.
_LIGHT, _NOISE = 0.10, 0.006
# Decoded pixels are shown where the rest, averaged over this length, exceeds
# these bounds (0 to 255); the light around them is taken over the second one.
_REST_BLUR, _REST_FROM, _REST_TO = 0.02, 6.0, 20.0
_AROUND = 0.08


def paste(picture, edited, reconstruction, transform, margin=0.0, flow=None):
    """The photograph with the expression of a face changed.

    Args:
        picture: uint8 `[h, w, 3]`.
        edited: float `[s, s, 3]` in [-1, 1], the face as decoded with the
            wanted expression.
        reconstruction: the same, decoded with the expression that it has in
            the photograph: `refinement.Fitted.reconstruct`.
        transform: float `[2, 3]` from the photograph to the face, see
            `alignment.AlignedFace`.
        margin: the model's `face_margin`.
        flow: what `motion` says of the two faces, when it is known already.

    Returns:
        uint8 `[h, w, 3]`; outside the face it is the photograph.
    """
    if flow is None:
        flow = motion(edited, reconstruction)
    side = max(_SIDE, edited.shape[0])
    flow = np.stack([_resized(plane, side) for plane in flow]) * (
        side / flow.shape[1]
    )
    mask = alignment.face_mask(side, margin)
    grow = side / edited.shape[0]
    transform = np.vstack([
        grow * transform[0] + [0, 0, 0.5 * grow - 0.5],
        grow * transform[1] + [0, 0, 0.5 * grow - 0.5],
    ])
    photograph = alignment.cut_out(picture, side, transform).astype("float32")
    flow = flow * mask
    edited, reconstruction = _in_tones_of(
        photograph, (_pixels(edited, side), _pixels(reconstruction, side)),
        mask,
    )
    moved = _moved(reconstruction, flow)
    rest = edited - moved
    rest = mask[..., None] * (
        _blurred(rest, _NOISE) - _surroundings(rest, mask, _LIGHT)
    )
    new = mask * ramp(
        _blurred(np.abs(rest).mean(axis=-1), _REST_BLUR), _REST_FROM, _REST_TO
    )
    decoded = edited + _surroundings(
        _moved(photograph, flow) - moved, mask, _AROUND
    )
    return _in_photograph(picture, transform, mask, flow, rest, new, decoded)


def motion(edited, reconstruction):
    """Where each place of an edited face was before: `paste` moves it there.

    Args:
        edited, reconstruction: as for `paste`.

    Returns:
        float32 `[2, s, s]`, rows and columns, in pixels of the faces.
    """
    side = edited.shape[0]
    mask = alignment.face_mask(side)
    faces = [_pixels(face, side) @ LUMA for face in (edited, reconstruction)]
    faces = [_blurred(face, _FLOW_BLUR) - _blurred(face, _LIGHT)
             for face in faces]
    contrast = _FLOW_CONTRAST / max(_spread(faces[1], mask), 1.0)
    flow = optical_flow_tvl1(
        *(face * contrast for face in faces), attachment=_ATTACHMENT,
        tightness=_TIGHTNESS, num_warp=5,
    )
    way = np.hypot(*flow)
    flow *= np.minimum(1.0, _LONGEST_WAY * side / np.maximum(way, 1e-6))
    return np.stack([
        ndimage.gaussian_filter(plane, _FLOW_SMOOTHING * side)
        for plane in flow
    ]).astype("float32")


def _pixels(face, side):
    """A decoded face as floats 0 to 255 at another resolution."""
    return _resized((np.asarray(face, "float32") + 1.0) * 127.5, side)


def _resized(image, side):
    return resize(
        image, (side, side), order=3, mode="edge", anti_aliasing=False,
        preserve_range=True,
    )


def _spread(plane, weight):
    weight = weight / weight.sum()
    mean = (weight * plane).sum()
    return np.sqrt((weight * (plane - mean) ** 2).sum())


def _in_tones_of(photograph, faces, mask):
    """Decoded faces with contrast and saturation of the photograph.

    The second face, the reconstruction, is compared with the photograph. A
    grey photograph stays grey.
    """
    def split(face):
        luma = (face @ LUMA)[..., None]
        return luma, face - luma

    wanted, found = split(photograph), split(faces[1])
    contrast = np.clip(
        _spread(wanted[0][..., 0], mask)
        / max(_spread(found[0][..., 0], mask), 1.0), 0.6, 1.5,
    )
    weight = mask[..., None]
    saturation = np.sqrt(np.clip(
        (weight * wanted[1] ** 2).sum()
        / max((weight * found[1] ** 2).sum(), 1.0), 0.0, 2.25,
    ))
    parts = [split(face) for face in faces]
    return [contrast * luma + saturation * chroma for luma, chroma in parts]


def _blurred(image, length):
    """Gaussian over a share of the side; `[t, t]` or `[t, t, 3]`."""
    sigma = length * image.shape[0]
    return ndimage.gaussian_filter(
        image, (sigma, sigma, 0)[: image.ndim], mode="nearest"
    )


def _surroundings(image, mask, length):
    """The average of an image around each place, inside the mask alone."""
    share = _blurred(mask, length)[..., None] + 1e-3
    return _blurred(image * mask[..., None], length) / share


def _moved(image, flow):
    """An image `[t, t, 3]` sampled where `flow` points."""
    places = np.indices(flow.shape[1:], dtype="float32") + flow
    return _sampled(image, places, 1)


def _sampled(image, places, order):
    return np.stack([
        ndimage.map_coordinates(
            image[..., channel], places, order=order, mode="nearest",
            output="float32",
        )
        for channel in range(image.shape[-1])
    ], axis=-1)


def _in_photograph(picture, transform, mask, flow, rest, new, decoded):
    """Applies to the photograph what was found at the face's resolution."""
    top, left, bottom, right = _bounds(picture, transform, len(mask))
    # scipy counts (row, column).
    linear = transform[:, :2][::-1, ::-1]
    offset = transform[::-1, 2] + linear @ [top, left]

    def back(plane, order=3, outside="nearest"):
        return ndimage.affine_transform(
            plane, linear, offset, (bottom - top, right - left), order=order,
            mode=outside, output="float32",
        )

    def back_all(planes):
        return np.stack([
            back(planes[..., channel]) for channel in range(planes.shape[-1])
        ], axis=-1)

    result = picture.copy()
    region = result[top:bottom, left:right]
    # Steps in the face, as steps in the photograph.
    steps = np.tensordot(
        np.linalg.inv(linear), np.stack([back(plane) for plane in flow]), 1
    )
    places = np.indices(region.shape[:2], dtype="float32")
    own = _sampled(region.astype("float32"), places + steps, 3)
    share = np.clip(back(new, 1, "constant"), 0.0, 1.0)[..., None]
    shown = (1.0 - share) * (own + back_all(rest)) + share * back_all(decoded)
    inside = back(mask, 1, "constant") > 0.0
    region[inside] = np.clip(np.rint(shown[inside]), 0, 255)
    return result


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
