"""Image files in and out."""

import io
import pathlib
import warnings

import numpy as np
from PIL import (
    Image,
    ImageOps,
    UnidentifiedImageError,
)

from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import whole_file

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff")
# Those of the suffixes. Others of Pillow's start programs and write files
# (EPS), which nobody expects of a picture that was sent by somebody.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF")
MAX_PIXELS = 100_000_000

# Own bounds, with a message that names the file, stand before Pillow's.
Image.MAX_IMAGE_PIXELS = None
# What Pillow finds odd in a file that it reads, or refuses, is no news.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def list_images(path):
    """The image files of a folder (not of its subfolders), or the one file.

    Raises:
        UserError: when the path is missing or the folder holds none.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise UserError(f"{path} does not exist")
    if path.is_file():
        return [path]
    files = sorted(
        file for file in path.iterdir()
        if file.is_file() and file.suffix.lower() in SUFFIXES
    )
    if not files:
        raise UserError(
            f"{path} holds no image ({', '.join(SUFFIXES)})"
        )
    return files


def read_image(path):
    """An upright RGB picture, uint8 `[height, width, 3]`.

    Raises:
        UserError: for what cannot be read, and as `decode_picture`.
    """
    path = pathlib.Path(path)
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no regular file")
    try:
        with path.open("rb") as file:
            return _decode(file, path, MAX_PIXELS)
    except FileNotFoundError:
        raise UserError(f"{path} does not exist") from None
    except PermissionError:
        raise UserError(f"{path} cannot be read: no permission") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None


def decode_picture(data, name="picture", max_pixels=MAX_PIXELS):
    """An upright RGB picture of the bytes of an image file.

    Args:
        data: bytes, of one of `FORMATS`. Grey, 16 bits, CMYK, palettes and
            transparency (over white) become RGB; the EXIF orientation is
            followed.
        name: what errors call it.
        max_pixels: how many it may have.

    Returns:
        uint8 `[height, width, 3]`.

    Raises:
        UserError: for what is no image, is cut off, or has more than
            `max_pixels` pixels (told by its header, before it is decoded).
    """
    return _decode(io.BytesIO(data), name, max_pixels)


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
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise UserError(
                    f"{name}: {width} x {height} pixels are too many, at "
                    f"most {max_pixels / 1_000_000:g} million; make it smaller"
                )
            return np.asarray(_as_rgb(ImageOps.exif_transpose(image)))
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(
            f"{name} is not an image that can be read: give a "
            f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} file"
        ) from None
    # Pillow's decoders raise many things on broken files.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UserError(
            f"{name} is not an image that can be read ({reason})"
        ) from None


def _as_rgb(image):
    """Of any mode: 16 bits, CMYK, transparent (over white), palettes."""
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow would cut these off at 255.
        values = np.asarray(image).astype("float64")
        top = 65535.0 if values.max() > 255 else 255.0
        values = np.clip(values * (255.0 / top), 0, 255)
        image = Image.fromarray(np.rint(values).astype("uint8"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


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
    return values / 127.5 - 1.0


def to_uint8(images):
    """From floats in [-1, 1] to uint8, of any shape."""
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype("uint8")


def encode_picture(picture, kind="png", **options):
    """uint8 `[height, width, 3]` as the bytes of a file.

    Args:
        picture: the pixels.
        kind: "png" or "jpeg".
        options: of Pillow's writer, such as `quality`.
    """
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


def write_png(path, picture, record=None):
    """Writes uint8 `[height, width, 3]`; the file appears only when whole.

    Args:
        path: of the file.
        picture: the pixels.
        record: as for `whole_file`.

    Raises:
        UserError: when it cannot be written.
    """
    path = pathlib.Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, record) as partial:
            Image.fromarray(picture).save(partial, format="PNG")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error}") from None
