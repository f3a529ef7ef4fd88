"""Pictures of more than 8 bits a number: what their files leave open."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from exprgan_tf.pictures.files import decode_photograph, read_image
from exprgan_tf.serving.tensors import read_picture

SMOOTH = np.linspace(0, 255, 64 * 48).reshape(48, 64).astype("uint16")


def png(values):
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def tiff(values):
    file = io.BytesIO()
    tifffile.imwrite(
        file, values, photometric="rgb" if values.ndim == 3 else "minisblack"
    )
    return file.getvalue()


def packed_tiff(values):
    """Numbers of 12 bits, two in three bytes."""
    height, width = values.shape
    first, second = values.reshape(-1, 2).astype(int).T
    data = np.stack([
        first >> 4, (first & 15) << 4 | second >> 8, second & 255,
    ], -1).astype("uint8").tobytes()
    tags = {
        256: width, 257: height, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1,
        278: height, 279: len(data),
    }
    return b"".join([
        struct.pack("<2sHI", b"II", 42, 8 + len(data)), data,
        struct.pack("<H", len(tags)),
        *(struct.pack("<HHII", tag, 4, 1, value)
          for tag, value in tags.items()),
        struct.pack("<I", 0),
    ])


@pytest.mark.parametrize("data, bits", [
    (png(SMOOTH * 16), 12),
    (tiff(SMOOTH * 16), 12),
    (tiff(np.dstack([SMOOTH * 16] * 3)), 12),
    (tiff(SMOOTH), 8),
    (png(SMOOTH * 257), None),
    (tiff(SMOOTH * 257), None),
    (packed_tiff(SMOOTH * 16), None),
    (tiff(SMOOTH.astype("uint8")), None),
])
def test_what_is_guessed_of_a_depth_is_told(data, bits):
    photograph = decode_photograph(data)
    np.testing.assert_allclose(photograph.pixels[..., 0], SMOOTH, atol=1)
    assert photograph.guessed_bits == bits
    if bits:
        assert f"for {bits} bits" in photograph.note
        assert photograph.note.endswith(f"none is above {2**bits - 1}")
    else:
        assert photograph.note is None


def test_a_command_tells_it(tmp_path, capsys):
    path = tmp_path / "a.png"
    path.write_bytes(png(SMOOTH * 16))
    read_image(path)
    assert capsys.readouterr().err == (
        f"note: {path}: numbers are taken for 12 bits, since none is above "
        "4095\n"
    )


def test_a_server_takes_it_as_it_is():
    """What it refuses is several pictures, not a depth."""
    assert read_picture(png(SMOOTH * 16), "image", None, 10**6)


def test_a_dark_picture_stays_dark_where_its_file_tells_the_depth():
    picture = decode_photograph(packed_tiff(SMOOTH))
    assert picture.note is None
    assert picture.pixels.max() == 16
