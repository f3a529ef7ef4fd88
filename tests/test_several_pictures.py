"""Files that hold more than one picture."""

import io

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from exprgan_tf.pictures.files import decode_photograph, read_image

# It writes what the package reads with another.
pillow_heif.register_heif_opener()


@pytest.mark.parametrize("form, ending, options", [
    ("GIF", "gif", {}), ("WEBP", "webp", {"lossless": True}),
    ("PNG", "png", {}), ("TIFF", "tif", {}), ("AVIF", "avif", {}),
    ("HEIF", "heic", {}),
])
def test_a_file_of_several_pictures_says_that_one_is_used(
    tmp_path, capsys, form, ending, options
):
    several = [Image.new("RGB", (64, 48), (80 * i, 0, 0)) for i in (2, 0, 1)]
    several[0].save(
        tmp_path / f"a.{ending}", form, save_all=True,
        append_images=several[1:], **options,
    )
    several[0].save(tmp_path / f"b.{ending}", form)

    picture = read_image(tmp_path / f"a.{ending}")

    assert abs(int(picture[..., 0].mean()) - 160) < 4
    assert capsys.readouterr().err == (
        f"note: {tmp_path}/a.{ending}: only one of its 3 pictures is used\n"
    )
    read_image(tmp_path / f"b.{ending}")
    assert capsys.readouterr().err == ""


def test_pages_that_pillow_does_not_read_are_counted_too(tmp_path, capsys):
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((2, 48, 64, 3), "float32"),
        photometric="rgb",
    )
    read_image(tmp_path / "a.tif")
    assert "one of its 2 pictures" in capsys.readouterr().err


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_previews_in_a_tiff_are_no_pictures_of_their_own(
    tmp_path, capsys, dtype
):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for side, kind in ((64, 0), (32, 1), (16, 1)):
            file.write(
                np.zeros((side, side, 3), dtype), photometric="rgb",
                subfiletype=kind, metadata=None,
            )
        file.write(
            np.zeros((64, 64), bool), photometric="miniswhite", subfiletype=4,
            metadata=None,
        )
    assert read_image(tmp_path / "a.tif").shape == (64, 64, 3)
    assert capsys.readouterr().err == ""


def test_what_cameras_put_beside_a_photograph_is_not_told(tmp_path, capsys):
    several = [Image.new("RGB", (64, 48))] * 2
    several[0].save(
        tmp_path / "a.jpg", "MPO", save_all=True, append_images=several[1:]
    )
    read_image(tmp_path / "a.jpg")
    assert capsys.readouterr().err == ""


def test_the_first_picture_is_read_where_a_later_one_is_broken():
    file = io.BytesIO()
    several = [Image.effect_noise((64, 48), 50 * i) for i in (1, 2, 3)]
    several[0].save(file, "GIF", save_all=True, append_images=several[1:])
    whole = decode_photograph(file.getvalue())
    cut = decode_photograph(file.getvalue()[:-len(file.getvalue()) // 4])
    np.testing.assert_array_equal(cut.pixels, whole.pixels)
