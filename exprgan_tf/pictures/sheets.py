"""Labelled sheets of images."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from exprgan_tf.pictures.levels import to_uint8


def sheet(rows, column_labels, row_labels=None, cell=128):
    """A labelled sheet of images.

    Args:
        rows: list of lists of float images `[s, s, 3]` in [-1, 1]; None
            leaves a cell empty.
        column_labels: one text a column.
        row_labels: one text a row; None for no labels.
        cell: side of a cell in pixels.

    Returns:
        uint8 `[height, width, 3]`.
    """
    font = ImageFont.load_default(size=max(cell // 9, 10))
    margin = max(cell // 6, 14)
    left = 0
    if row_labels:
        left = margin + int(max(font.getlength(text) for text in row_labels))
    size = (left + cell * len(column_labels), margin + cell * len(rows))
    canvas = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(canvas)
    for column, text in enumerate(column_labels):
        draw.text((left + cell * (column + 0.5), margin / 2), text,
                  fill="black", font=font, anchor="mm")
    for row, images in enumerate(rows):
        top = margin + cell * row
        if row_labels:
            draw.text((left / 2, top + cell / 2), row_labels[row],
                      fill="black", font=font, anchor="mm")
        for column, image in enumerate(images):
            if image is not None:
                picture = Image.fromarray(to_uint8(np.asarray(image)))
                canvas.paste(
                    picture.resize((cell, cell), Image.Resampling.BICUBIC),
                    (left + cell * column, top),
                )
    return np.asarray(canvas)
