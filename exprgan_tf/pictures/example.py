"""A photograph to try things on, which a dependency carries."""

import pathlib

import skimage

EXAMPLE = (
    "editing an example, Eileen Collins by NASA (public domain, from "
    "scikit-image)"
)


def example_photograph():
    """The path of scikit-image's astronaut, 512 x 512 pixels."""
    return pathlib.Path(skimage.__file__).parent / "data" / "astronaut.png"
