"""From a photograph to an encoded face: what every worker does.

`prepare` depends on its arguments alone, so that processes of one machine and
workers of a cluster run the same code.
"""

import contextlib
import dataclasses
import hashlib

import numpy as np
from PIL import Image

from exprgan_tf.data.motions import read_motion
from exprgan_tf.errors import UserError
from exprgan_tf.faces import alignment, detector
from exprgan_tf.pictures.colors import usable_profile
from exprgan_tf.pictures.files import encode_picture, read_image

# Values of a picture, of which several are in memory at once: 1 megapixel.
_AT_ONCE = 3 << 20


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A face ready to be stored, or why there is none.

    Args:
        image: an encoded JPEG or PNG; None when there is no face.
        digest: SHA-256 of the photograph's pixels, to find copies.
        reason: why there is no face; None when there is one.
    """

    image: bytes | None
    digest: str = ""
    reason: str | None = None


def prepare(photos, options):
    """Reads photographs and makes faces of them; never raises for a bad one.

    Faces are looked for in all of them at once, which takes half the time; of
    large photographs one by one, which takes less memory.

    Args:
        photos: `Photo`s.
        options: the `Options`.

    Returns:
        A `Prepared` for each.
    """
    made, waiting = [None] * len(photos), []

    def store(index, picture, digest, found):
        made[index] = Prepared(
            _encoded_face(photos[index], picture, found, options), digest
        )

    for index, photo in enumerate(photos):
        with _reason_if_bad(made, index, photo):
            picture = _picture(photo)
            digest = hashlib.sha256(
                repr(picture.shape).encode() + picture.tobytes()
            ).hexdigest()
            searched = options.align != "never" and photo.landmarks is None
            if searched and picture.size <= _AT_ONCE:
                waiting.append((index, picture, digest))
            else:
                store(index, picture, digest, (
                    detector.find_landmarks(picture) if searched else None
                ))
    looked_at = detector.find_in_all([picture for _, picture, _ in waiting])
    for read, found in zip(waiting, looked_at, strict=True):
        with _reason_if_bad(made, read[0], photos[read[0]]):
            store(*read, found)
    return made


@contextlib.contextmanager
def _reason_if_bad(made, index, photo):
    try:
        yield
        return
    except UserError as error:
        reason = str(error).removeprefix(f"{photo.path}: ")
    except MemoryError:
        reason = "not enough memory to read it"
    made[index] = Prepared(
        None, reason=reason.removeprefix(f"{photo.path} ")
    )


def _picture(photo):
    if photo.pixels is None:
        return read_image(photo.path)
    pixels = photo.pixels
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return pixels


def _encoded_face(photo, picture, found, options):
    size = options.image_size
    if photo.motion is not None:
        _check_motion(photo, picture, options)
    if options.align == "never":
        height, width = picture.shape[:2]
        if height != width:
            raise UserError(f"{width} x {height} pixels are not square")
        return _whole(photo, picture, options)
    landmarks = photo.landmarks
    if landmarks is None:
        if not found:
            raise UserError("no face found")
        landmarks = found[0]
    if options.align == "auto" and alignment.is_aligned(
        picture, landmarks, options.margin
    ):
        return _whole(photo, picture, options)
    face = alignment.align(picture, size, landmarks, options.margin)[0]
    return _encoded(face.image, options)


def _check_motion(photo, picture, options):
    """A motion belongs to the picture as it is, and not to another cut."""
    motion = read_motion(photo.motion)
    in_place = options.align == "never" or (
        options.align == "auto" and photo.landmarks is not None
        and alignment.is_aligned(picture, photo.landmarks, options.margin)
    )
    if not in_place or len(motion) != len(picture):
        raise UserError(
            "its motion is that of another cut: give --align=auto and the "
            "margin with which it was made"
        )


def _whole(photo, picture, options):
    """The file's own bytes when they fit already, else a new JPEG."""
    size = options.image_size
    if photo.pixels is None:
        with Image.open(photo.path) as image:
            fits = (
                image.format in ("JPEG", "PNG") and image.mode == "RGB"
                and image.size == (size, size) and not image.getexif()
                and not usable_profile(image)
                and not image.has_transparency_data
            )
        if fits:
            return photo.path.read_bytes()
    shrink = picture.shape[0] > size
    return _encoded(np.asarray(Image.fromarray(picture).resize(
        (size, size),
        Image.Resampling.BOX if shrink else Image.Resampling.BICUBIC,
    )), options)


def _encoded(image, options):
    return encode_picture(
        image, "jpeg", quality=options.jpeg_quality, optimize=True
    )
