"""Image files in and out."""

import contextlib
import io
import pathlib
import sys
import warnings

import numpy as np
import pi_heif
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from exprgan_tf.errors import UserError
from exprgan_tf.pictures import colors
from exprgan_tf.pictures.levels import to_floats
from exprgan_tf.pictures.notes import note_options
from exprgan_tf.pictures.photograph import Photograph
from exprgan_tf.support.atomic import whole_file

SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".gif", ".tif",
    ".tiff", ".heic", ".heif", ".hif", ".avif",
)
# Those of the suffixes. Others of Pillow's start programs and write files
# (EPS), which nobody expects of a picture that was sent by somebody.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF", "HEIF", "AVIF")
MAX_PIXELS = 100_000_000
_PNG_LEVEL = 4  # photographs as small as with Pillow's 6, in half the time
# How TIFF and BigTIFF begin, and how it says that 0 is white.
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MIN_IS_WHITE = 0

# Own bounds, with a message that names the file, stand before Pillow's.
Image.MAX_IMAGE_PIXELS = None
pi_heif.register_heif_opener()
# Of what is odd in a file that is read all the same.
warnings.filterwarnings("ignore", module=r"PIL\.")


def read_photograph(path):
    """The `Photograph` of a file.

    Every picture of a user is read here or by `decode_photograph`, by the
    same rules. What is left out of a file of several is told on stderr.

    Raises:
        UserError: for what cannot be read, and as `decode_photograph`.
    """
    path = pathlib.Path(path)
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no regular file")
    try:
        with path.open("rb") as file:
            photograph = _decode(file, path, MAX_PIXELS)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist") from None
    except PermissionError:
        raise UserError(f"{path} cannot be read: no permission") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    if photograph.note:
        print(f"note: {path}: {photograph.note}", file=sys.stderr)
    return photograph


def read_image(path):
    """The pixels of `read_photograph`, uint8 `[height, width, 3]`."""
    return read_photograph(path).pixels


def decode_photograph(data, name="picture", max_pixels=MAX_PIXELS):
    """The `Photograph` of the bytes of an image file.

    Args:
        data: bytes, of one of `FORMATS`. Grey, 12 and 16 bits, floats from 0
            to 1, CMYK, palettes and transparency (over white) become RGB,
            colours of an ICC profile sRGB; the EXIF orientation is followed.
        name: what errors call it.
        max_pixels: how many it may have.

    Raises:
        UserError: for what is no image, is cut off, or has more than
            `max_pixels` pixels (told by its header, before it is decoded).
    """
    return _decode(io.BytesIO(data), name, max_pixels)


def decode_picture(data, name="picture", max_pixels=MAX_PIXELS):
    """The pixels of `decode_photograph`, uint8 `[height, width, 3]`."""
    return decode_photograph(data, name, max_pixels).pixels


def picture_size(data, name="picture", formats=FORMATS):
    """Width and height that the header of an image file tells.

    Args:
        data: bytes.
        name: what errors call it.
        formats: Pillow's names of the formats it may have.

    Raises:
        UserError: for what is no such image.
    """
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            return image.size
    # Pillow's decoders raise many things on broken files.
    except Exception:
        raise UserError(
            f"{name} is not an image that can be read "
            f"({', '.join(formats)})"
        ) from None


def _decode(file, name, max_pixels):
    try:
        with _opened(file, name, max_pixels) as image:
            return Photograph.of(image)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(
            f"{name} is not an image that can be read: give a "
            f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} file"
        ) from None
    # Decoders raise many things on broken files.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UserError(
            f"{name} is not an image that can be read ({reason})"
        ) from None


def _opened(file, name, max_pixels):
    """An open Pillow image that is not too large."""
    try:
        image = Image.open(file, formats=FORMATS)
        _require_pixels(*image.size, name, max_pixels)
    except UnidentifiedImageError:
        file.seek(0)
        if file.read(4) not in _TIFF:
            raise
        return _open_tiff(file, name, max_pixels)
    hdr = colors.hdr_of(file, image.format)
    if hdr:
        raise UserError(
            f"{name} is an HDR photograph ({hdr}), which would lose its "
            "brightness; save it as SDR first"
        )
    if image.format == "TIFF":
        bits = image.tag_v2.get(ExifTags.Base.BitsPerSample, (1,))
        white = image.tag_v2.get(
            ExifTags.Base.PhotometricInterpretation
        ) == _MIN_IS_WHITE
        # Of these Pillow takes the upper halves, and of planes the wrong; it
        # shows the negative where white is 0.
        if max(bits) > 8 and (len(bits) > 1 or white):
            # What tifffile does not unpack Pillow may.
            with contextlib.suppress(ValueError):
                return _open_tiff(file, name, max_pixels)
        image.bits = bits[0]
    return image


def _open_tiff(file, name, max_pixels):
    # Few photographs are of a kind that needs its reader.
    from exprgan_tf.pictures.tiff_files import open_tiff

    return open_tiff(
        file, lambda *size: _require_pixels(*size, name, max_pixels)
    )


def _require_pixels(width, height, name, max_pixels):
    if width * height > max_pixels:
        raise UserError(
            f"{name}: {width} x {height} pixels are too many, at most "
            f"{max_pixels / 1_000_000:g} million; make it smaller"
        )


def middle_square(picture, size):
    """The middle square of a picture, resized.

    Shrunk by area, as the data pipeline does, or enlarged bicubically.

    Args:
        picture: uint8 `[height, width, 3]`.
        size: its side.

    Returns:
        uint8 `[size, size, 3]`.
    """
    image = Image.fromarray(picture)
    shrink = min(image.size) >= size
    return np.asarray(ImageOps.fit(
        image, (size, size),
        Image.Resampling.BOX if shrink else Image.Resampling.BICUBIC,
    ))


def to_model_input(picture, config):
    """A face as the model takes it.

    Args:
        picture: uint8 `[height, width, 3]`.
        config: the model's `Config`.

    Returns:
        float32 `[s, s, 3]` in [-1, 1].
    """
    values = middle_square(picture, config.image_size).astype("float32")
    if config.pixel_normalization == "min_max":
        low, high = values.min(), values.max()
        values = (values - low) * 255.0 / max(high - low, 1.0)
    return to_floats(values)


def encode_picture(
    picture, kind="png", photograph=None, noted=False, **options
):
    """uint8 `[height, width, 3]` as the bytes of a file.

    Args:
        picture: the pixels.
        kind: "png" or "jpeg", or another name of Pillow's.
        photograph: the `Photograph` of which it is an edit; its colour
            profile, transparency (png) and date go along.
        noted: whether the file says that it is an edit, see `notes`.
        options: of Pillow's writer, such as `quality`.
    """
    buffer = io.BytesIO()
    image, own = _image(picture, kind, photograph, noted)
    image.save(buffer, kind, **own, **options)
    return buffer.getvalue()


def write_png(path, picture, record=None, photograph=None, noted=False):
    """Writes uint8 `[height, width, 3]`; the file appears only when whole.

    Args:
        path: of the file.
        picture: the pixels.
        record: as for `whole_file`.
        photograph, noted: as for `encode_picture`.

    Raises:
        UserError: when it cannot be written.
    """
    path = pathlib.Path(path)
    image, options = _image(picture, "png", photograph, noted)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, record) as partial:
            image.save(partial, format="PNG", **options)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error}") from None


def _image(picture, kind, photograph, noted):
    made = note_options(kind) if noted else {}
    if kind == "png":
        made["compress_level"] = _PNG_LEVEL
    if photograph is None:
        return Image.fromarray(picture), made
    image, options = photograph.with_pixels(picture, kind)
    return image, {**options, **made}
