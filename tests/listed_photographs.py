"""Photographs that a test lists, in the place of a source."""

from PIL import Image

from exprgan_tf.data.preparing.request import Options
from exprgan_tf.data.sources.base import Photo, Source

ALIGNED = Options(image_size=32, align="never")


class Listed(Source):
    name = "listed"

    def __init__(self, photos):
        self._photos = photos
        self.skipped = []

    def photos(self):
        return self._photos


def listed(paths):
    """Photos of ten people, happy and sad."""
    return [
        Photo(path, ("happy", "sad")[index % 2], f"p{index % 10}")
        for index, path in enumerate(paths)
    ]


def face_files(folder, count, color=0):
    """Square pictures that need no detection."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in range(count):
        path = folder / f"{index:02d}.png"
        Image.new("RGB", (40, 40), (index * 5, color, 60)).save(path)
        paths.append(path)
    return paths
