"""A figure of the report, and what they share."""

import dataclasses
import io

import matplotlib.figure
import numpy as np

from exprgan_tf.pictures.files import encode_picture

CELL = 88
DPI = 110


@dataclasses.dataclass(frozen=True)
class Figure:
    """A picture with its words.

    Args:
        title: a heading.
        caption: what is to be seen and how it was made.
        alt: what stands for the picture where it is not seen.
        png: the encoded picture.
    """

    title: str
    caption: str
    alt: str
    png: bytes

    @classmethod
    def of_picture(cls, title, caption, alt, picture):
        """From uint8 `[height, width, 3]`."""
        return cls(
            title, caption, alt, encode_picture(picture, optimize=True)
        )

    @classmethod
    def of_plot(cls, title, caption, alt, plot):
        """From a figure of matplotlib."""
        buffer = io.BytesIO()
        plot.savefig(buffer, format="png", dpi=DPI)
        return cls(title, caption, alt, buffer.getvalue())


def new_plot(width, height):
    """An empty figure of matplotlib, in inches, that needs no display."""
    return matplotlib.figure.Figure(
        figsize=(width, height), layout="constrained"
    )


def stacked(pictures, gap=CELL // 4):
    """Pictures of equal width below each other, uint8, with white between."""
    between = np.full((gap, *pictures[0].shape[1:]), 255, "uint8")
    parts = [part for picture in pictures for part in (between, picture)]
    return np.concatenate(parts[1:])
