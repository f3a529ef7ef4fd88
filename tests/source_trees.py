"""Tiny trees of files, and what a source says of them."""

import os

from exprgan_tf.data.sources import SOURCES


def plant(root, *names):
    """Empty files; sources look at names, not into pictures."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(name, folder, **options):
    """The source and, by path below the folder, what it says of a photo."""
    source = SOURCES[name](folder, **options)
    photos = source.photos()
    again = SOURCES[name](folder, **options).photos()
    assert [photo.name for photo in photos] == [photo.name for photo in again]
    assert all(photo.path.is_file() for photo in photos)
    return source, {
        os.path.relpath(photo.path, folder): (
            photo.expression, photo.subject, photo.split
        )
        for photo in photos
    }


def reasons(source):
    return {os.path.basename(name): why for name, why in source.skipped}
