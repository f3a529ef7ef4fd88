"""A photograph: what is seen of it, and what its file has beside that."""

import dataclasses

import numpy as np
from PIL import ExifTags, Image, ImageOps

from exprgan_tf.pictures import colors

# Those of Pillow's formats that hold transparency and any profile.
_WITH_TRANSPARENCY = ("png", "webp")
# Of EXIF an edit keeps when it was taken and whose it is. Where it was
# taken, with what, and the thumbnail of the unedited face are nobody's
# business.
_KEPT = (
    ExifTags.Base.DateTime, ExifTags.Base.Artist, ExifTags.Base.Copyright,
)
_KEPT_BELOW = (
    ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized,
    ExifTags.Base.OffsetTime, ExifTags.Base.OffsetTimeOriginal,
    ExifTags.Base.OffsetTimeDigitized, ExifTags.Base.SubsecTime,
    ExifTags.Base.SubsecTimeOriginal, ExifTags.Base.SubsecTimeDigitized,
)
_UPRIGHT = 1
# TIFF's NewSubfileType: a smaller form, or the mask, of another picture.
_OF_OTHERS = 1 | 4


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A photograph, upright.

    Args:
        pixels: uint8 `[h, w, 3]`, sRGB, over white where it is transparent.
        own: uint8 `[h, w, 3]`, the red, green and blue of the file; None
            where they are `pixels`.
        alpha: uint8 `[h, w]`; None for an opaque picture.
        profile: the ICC profile of `own`, bytes; None for sRGB.
        exif: bytes of what edits of it keep; empty for nothing.
        pictures: how many its file holds, of which this is the first, or
            the one that the file says is its main one; previews and masks
            of another are none.
        guessed_bits: that its numbers were taken to use, see
            `colors.guessed_bits`.
    """

    pixels: np.ndarray
    own: np.ndarray | None = None
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    exif: bytes = b""
    pictures: int = 1
    guessed_bits: int | None = None

    @classmethod
    def of(cls, image):
        """That of an open Pillow image, of any mode.

        Its attribute `bits` says what its file has for a number, where that
        is known, `guessed_bits` what was guessed before.
        """
        bits = getattr(image, "bits", None)
        guessed = getattr(image, "guessed_bits", None)
        # Counting moves to the last picture and back.
        pictures = _pictures_of(image)
        # A cut-off picture is none; broken EXIF must not make it so.
        image.load()
        profile = colors.usable_profile(image)
        exif, image = _kept_exif(image), _upright(image)
        if image.mode == "F" or image.mode.startswith("I"):
            # Pillow would cut these off at 255.
            values = np.asarray(image)
            guessed = colors.guessed_bits(values, bits)
            image = Image.fromarray(colors.in_eight_bits(values, bits))
        alpha = None
        if image.has_transparency_data:
            grey = image.mode in ("L", "LA", "La")
            image = image.convert("RGBA")
            alpha = np.asarray(image.getchannel("A"))
            image = image.convert("L" if grey else "RGB")
        own, pixels = None, np.asarray(colors.to_srgb(image, profile))
        if profile and colors.is_rgb(profile):
            own = np.asarray(image.convert("RGB"))
        else:
            profile = None
        if alpha is not None and alpha.min() < 255:
            own = pixels if own is None else own
            pixels = colors.over_white(pixels, alpha)
        else:
            alpha = None
        return cls(pixels, own, alpha, profile, exif, pictures, guessed)

    @property
    def note(self):
        """What of the file is not in the edits, or was guessed; None: all
        is."""
        told = []
        if self.pictures > 1:
            told.append(f"only one of its {self.pictures} pictures is used")
        if self.guessed_bits:
            told.append(
                f"numbers are taken for {self.guessed_bits} bits, since none "
                f"is above {(1 << self.guessed_bits) - 1}"
            )
        return "; ".join(told) or None

    def with_pixels(self, picture, kind="png"):
        """An edit of it, ready to be saved.

        What the edit left as it was has the very numbers of the file.

        Args:
            picture: uint8 `[h, w, 3]`, `pixels` with changes.
            kind: what Pillow calls the format.

        Returns:
            A Pillow image, and options of its `save`.
        """
        options = {"exif": self.exif} if self.exif else {}
        keeps = self.alpha is None or kind in _WITH_TRANSPARENCY
        if self.own is None or not keeps:
            return Image.fromarray(picture), options
        changed = (picture != self.pixels).any(axis=2)
        if self.alpha is not None:
            changed &= self.alpha > 0
        own = self.own.copy()
        before, after = (
            self._in_own(each[changed][None]).astype("int16")
            for each in (self.pixels, picture)
        )
        # The change, not the result: sRGB does not hold every colour that a
        # wider space has, which would show as a rim around the face.
        own[changed] = np.clip(own[changed] + after[0] - before[0], 0, 255)
        if self.alpha is not None:
            own = np.dstack([own, self.alpha])
        if self.profile:
            options["icc_profile"] = self.profile
        return Image.fromarray(own), options

    def _in_own(self, values):
        if not self.profile or not values.size:
            return values
        return colors.from_srgb(values, self.profile)


def _pictures_of(image):
    """Of an animation, or the pages of a scan."""
    # Beside the picture, cameras put previews and maps of depth.
    if image.format == "MPO":
        return 1
    try:
        count = getattr(image, "n_frames", 1)
        if image.format == "TIFF" and count > 1:
            count = sum(_is_page(image, number) for number in range(count))
            image.seek(0)
        return max(count, 1)
    # Where a later one is broken, the first is good all the same.
    except Exception:
        image.seek(0)
        return 1


def _is_page(image, number):
    """Whether a picture of a TIFF is one of its own."""
    image.seek(number)
    kind = image.tag_v2.get(ExifTags.Base.NewSubfileType, 0)
    return not kind & _OF_OTHERS


def _upright(image):
    """An image turned as its EXIF says."""
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    # Pillow's reader of EXIF raises many things.
    except Exception:
        return image


def _kept_exif(image):
    """What edits keep of the EXIF of an image, bytes; empty for nothing."""
    kept = Image.Exif()
    below = kept.get_ifd(ExifTags.IFD.Exif)
    try:
        found = image.getexif()
        found_below = found.get_ifd(ExifTags.IFD.Exif)
        kept.update({tag: found[tag] for tag in _KEPT if tag in found})
        below.update({
            tag: found_below[tag] for tag in _KEPT_BELOW if tag in found_below
        })
        if not kept and not below:
            return b""
        kept[ExifTags.Base.Orientation] = _UPRIGHT
        return kept.tobytes()
    except Exception:
        return b""
