"""What the numbers of a picture file mean: depths, inks, colour profiles.

Faces are found and edited in sRGB. Numbers of other spaces are converted by
their ICC profile (relative colorimetric, as browsers do), and back.
"""

import functools
import io

import numpy as np
from PIL import Image, ImageCms

# Shares of red, green and blue in brightness (ITU-R BT.601).
LUMA = np.float32([0.299, 0.587, 0.114])
# By what profiles call it: the mode in which Pillow has such numbers.
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# Two profiles by which no number differs by more are one: that of cameras
# and of editors for sRGB differ in rounding.
_ALIKE = 2
# Numbers of more than 8 bits go up to the first of these that none exceeds:
# most files do not say how many of their bits are used. Of 16 those of many
# cameras and scanners use the lower 12.
_TOPS = (255.0, 4095.0, 65535.0)
_GUESSED = (8, 12)
# Transfers of HDR, by their numbers of ITU-T H.273. Edited as if they were
# SDR, such pictures would be dull.
HDR = {16: "PQ", 18: "HLG"}
# How a file tells them: what they stand behind, and how many bytes later.
_TOLD = {
    "HEIF": (b"colrnclx", 3), "AVIF": (b"colrnclx", 3), "PNG": (b"cICP", 1),
}
_HEAD_BYTES = 65536
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION


def in_eight_bits(values, bits=None):
    """Numbers of any depth as uint8: the highest that they may have is 255.

    Args:
        values: any shape; floats up to 1, or integers, or floats that stand
            for those. What is not finite, or negative, is black.
        bits: that the file has for an integer, where that is known.
    """
    floats = np.issubdtype(values.dtype, np.floating)
    values = np.nan_to_num(
        values.astype("float64"), posinf=0.0, neginf=0.0
    ).clip(0)
    most = values.max(initial=0.0)
    tops = (1.0, *_TOPS) if floats else _TOPS
    top = (1 << bits) - 1.0 if _all_used(bits) else next(
        (top for top in tops if most <= top), most
    )
    return np.rint(values * (255.0 / top)).astype("uint8")


def guessed_bits(values, bits=None):
    """How many bits `in_eight_bits` takes numbers to use where they have
    room for more; None where it takes all."""
    most = values.max(initial=0)
    if (
        values.dtype.kind not in "ui" or values.dtype.itemsize == 1
        or most == 0 or _all_used(bits)
    ):
        return None
    return next((used for used in _GUESSED if most < 1 << used), None)


def _all_used(bits):
    """Whether numbers are packed, so that none has room for more."""
    return bits is not None and 8 < bits < 16


def hdr_of(file, kind):
    """The name of the HDR transfer of an open picture file; None for SDR.

    Args:
        file: a binary file; its position is kept.
        kind: what Pillow calls the format.
    """
    mark, behind = _TOLD.get(kind, (None, 0))
    if mark is None:
        return None
    position = file.tell()
    file.seek(0)
    _, found, told = file.read(_HEAD_BYTES).partition(mark)
    file.seek(position)
    return HDR.get(told[behind]) if found and len(told) > behind else None


def over_white(pixels, alpha):
    """What is seen of transparent pixels on a white page.

    Args:
        pixels: uint8 `[h, w, 3]`.
        alpha: uint8 `[h, w]`, 0 for what is not seen.

    Returns:
        uint8 `[h, w, 3]`.
    """
    share = alpha[..., None].astype("float32") / 255.0
    return np.rint(255.0 + share * (pixels - 255.0)).astype("uint8")


def usable_profile(image):
    """The ICC profile of an open image, bytes; None for sRGB.

    One that is broken, or is another kind of picture's, is as none: so do
    all who show it.
    """
    profile = image.info.get("icc_profile")
    if not profile or _space(profile) not in _fitting(image.mode):
        return None
    return None if _is_srgb(profile) else profile


def to_srgb(image, profile):
    """An opaque image of any mode of 8 bits, converted to "RGB".

    Args:
        image: a Pillow image.
        profile: what `usable_profile` said of it.
    """
    if profile:
        mode = _MODES[_space(profile)]
        return _transform(profile, mode).apply(image.convert(mode))
    if image.mode == "LAB":
        return _transform(None, "LAB").apply(image)
    return image.convert("RGB")


def from_srgb(picture, profile):
    """uint8 `[h, w, 3]` of sRGB in the numbers of an RGB profile."""
    return np.asarray(
        _transform(profile, "RGB", back=True).apply(Image.fromarray(picture))
    )


def is_rgb(profile):
    """Whether the numbers of a profile are red, green and blue."""
    return _space(profile) == "RGB"


def _fitting(mode):
    if mode == "CMYK":
        return ("CMYK",)
    if mode == "LAB":
        return ()
    grey = mode in ("1", "F") or mode.startswith(("L", "I"))
    return ("GRAY", "RGB") if grey else ("RGB",)


@functools.lru_cache(16)
def _space(profile):
    """"RGB", "GRAY" or "CMYK"; None when it can be used for none of them."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = opened.profile.xcolor_space.strip()
        _transform(profile, _MODES[space])
    except (ImageCms.PyCMSError, OSError, KeyError):
        return None
    return space


@functools.lru_cache(16)
def _transform(profile, mode, back=False):
    own = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else (
        ImageCms.createProfile("LAB")
    )
    ends = [(own, mode), (ImageCms.createProfile("sRGB"), "RGB")]
    (first, first_mode), (second, second_mode) = ends[::-1] if back else ends
    return ImageCms.buildTransform(
        first, second, first_mode, second_mode, _INTENT, _FLAGS
    )


@functools.lru_cache(16)
def _is_srgb(profile):
    if not is_rgb(profile):
        return False
    steps = np.linspace(0, 255, 9).astype("uint8")
    cube = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    shown = np.asarray(to_srgb(Image.fromarray(cube), profile))
    return bool(np.abs(shown.astype(int) - cube).max() <= _ALIKE)
