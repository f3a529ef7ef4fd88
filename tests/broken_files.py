"""Thirty pictures that are unusual but good, and thirty that are broken."""

import io
import os
import pickle
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

GOOD = 30


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def write_good(folder, faces):
    """Writes each face in an unusual way.

    Args:
        folder: where to.
        faces: at least 30 uint8 `[128, 128, 3]`.

    Returns:
        The paths, in the order of the faces.
    """
    images = [Image.fromarray(face) for face in faces[:GOOD]]
    paths = []

    def write(name, data):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths.append(path)

    def take():
        return images[len(paths)]

    def gray16(image):
        values = np.asarray(image.convert("L")).astype("uint16") * 257
        return Image.fromarray(values)

    def turned(image, orientation, method):
        exif = Image.Exif()
        exif[0x0112] = orientation
        return encoded(image.transpose(method), "JPEG", exif=exif)

    def with_alpha(image):
        image = image.convert("RGBA")
        image.putalpha(230)
        return image

    write("plain.jpg", encoded(take(), "JPEG"))
    write("plain.png", encoded(take(), "PNG"))
    write("gray.jpg", encoded(take().convert("L"), "JPEG"))
    write("gray.png", encoded(take().convert("L"), "PNG"))
    write("cmyk.jpg", encoded(take().convert("CMYK"), "JPEG"))
    write("cmyk.tif", encoded(take().convert("CMYK"), "TIFF"))
    write("sixteen.png", encoded(gray16(take()), "PNG"))
    write("sixteen.tif", encoded(gray16(take()), "TIFF"))
    write("alpha.png", encoded(with_alpha(take()), "PNG"))
    write("alpha.webp", encoded(with_alpha(take()), "WEBP"))
    write("gray_alpha.png", encoded(take().convert("LA"), "PNG"))
    write("palette.png", encoded(take().quantize(128), "PNG"))
    write("still.gif", encoded(take().quantize(128), "GIF"))
    first = take()
    write("moving.gif", encoded(
        first, "GIF", save_all=True, append_images=[images[0]]
    ))
    write("plain.bmp", encoded(take(), "BMP"))
    write("plain.tiff", encoded(take(), "TIFF"))
    write("plain.webp", encoded(take(), "WEBP"))
    write("exif3.jpg", turned(take(), 3, Image.Transpose.ROTATE_180))
    write("exif6.jpg", turned(take(), 6, Image.Transpose.ROTATE_90))
    write("exif8.jpg", turned(take(), 8, Image.Transpose.ROTATE_270))
    write("with spaces in it.jpg", encoded(take(), "JPEG"))
    write("ünïcödé 顔.jpg", encoded(take(), "JPEG"))
    write("UPPER.JPG", encoded(take(), "JPEG"))
    write("quote'and\"quote.jpg", encoded(take(), "JPEG"))
    write("progressive.jpg", encoded(take(), "JPEG", progressive=True))
    write("png_named.jpg", encoded(take(), "PNG"))
    write("sub/sub/deep.jpg", encoded(take(), "JPEG"))
    write("large.jpg", encoded(take().resize((1500, 1500)), "JPEG"))
    write("small.png", encoded(take().resize((72, 72)), "PNG"))
    write("<b>&amp;.jpg", encoded(take(), "JPEG"))
    assert len(paths) == GOOD
    return paths


def png_header(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + b"IHDR"
        + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )


def write_broken(folder, face):
    """Writes thirty files that hold no face; returns their paths."""
    image = Image.fromarray(face)
    kinds = {kind: encoded(image, kind)
             for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a", "b")
    flipped = bytearray(kinds["PNG"])
    flipped[len(flipped) // 2] ^= 0xFF
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), "uint8")
    contents = {
        "zero.jpg": b"",
        "zero.png": b"",
        "text.jpg": b"this is no picture",
        "page.png": b"<!doctype html><html></html>",
        "drawing.jpg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "table.jpg": b"path,subject\n",
        "archive.jpg": archive.getvalue(),
        "pickle.png": pickle.dumps({"a": 1}),
        "film.jpg": b"\x00\x00\x00\x18ftypmp42" + bytes(40),
        "paper.jpg": b"%PDF-1.7\n%%EOF",
        "cut.jpg": kinds["JPEG"][: len(kinds["JPEG"]) // 2],
        "head.jpg": kinds["JPEG"][:40],
        "cut.png": kinds["PNG"][: len(kinds["PNG"]) // 2],
        "head.png": kinds["PNG"][:60],
        "flipped.png": bytes(flipped),
        "cut.gif": kinds["GIF"][: len(kinds["GIF"]) // 3],
        "cut.bmp": kinds["BMP"][: len(kinds["BMP"]) // 2],
        "cut.tif": kinds["TIFF"][: len(kinds["TIFF"]) // 3],
        "cut.webp": kinds["WEBP"][: len(kinds["WEBP"]) // 2],
        "bomb.png": png_header(60_000, 50_000),
        "no pixels.png": png_header(10, 10),
        "nothing.png": png_header(0, 0),
        "blank.png": encoded(Image.new("RGB", (200, 200), "gray"), "PNG"),
        "noise.png": encoded(Image.fromarray(noise), "PNG"),
        "dot.png": encoded(Image.new("RGB", (1, 1)), "PNG"),
        "zeros.jpg": bytes(5000),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    (folder / "dangling.jpg").symlink_to(folder / "gone.jpg")
    return [
        folder / name for name in
        (*contents, "folder.jpg", "pipe.jpg", "loop.jpg", "dangling.jpg")
    ]
