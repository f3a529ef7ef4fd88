"""TIFF files whose numbers Pillow has no mode for."""

import numpy as np
import tifffile
from PIL import Image

from exprgan_tf.pictures import colors


def open_tiff(file, require_size):
    """The first page of a TIFF, such as float RGB, in eight bits.

    Args:
        file: an open file.
        require_size: called with width and height before pixels are read.

    Returns:
        A Pillow image; `guessed_bits` and `n_frames` are set.

    Raises:
        ValueError: for colours that are not read.
    """
    file.seek(0)
    with tifffile.TiffFile(file) as opened:
        page = opened.pages[0]
        require_size(page.imagewidth, page.imagelength)
        samples = page.samplesperpixel
        values = page.asarray()
        if values.dtype.kind in "ui" and (
            page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        ):
            values = (1 << page.bitspersample) - 1 - values.astype("int64")
        elif page.photometric not in (
            tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.MINISBLACK,
        ):
            raise ValueError(f"its colours are {page.photometric.name}")
        if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and samples > 1:
            values = np.moveaxis(values, 0, -1)
        guessed = colors.guessed_bits(values, page.bitspersample)
        values = colors.in_eight_bits(
            values.reshape(page.imagelength, page.imagewidth, samples),
            page.bitspersample,
        )
        image = Image.fromarray(
            values[..., :4] if samples > 2 else values[..., 0]
        )
        image.guessed_bits = guessed
        if page.iccprofile:
            image.info["icc_profile"] = page.iccprofile
        orientation = page.tags.get("Orientation")
        if orientation:
            image.getexif()[orientation.code] = orientation.value
        image.n_frames = sum(
            not (page.is_reduced or page.is_mask) for page in opened.pages
        )
        return image
