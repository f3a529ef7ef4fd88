"""Photographs of every kind: read alike, and what their edits keep."""

import io
import struct
import zlib

import numpy as np
import pi_heif
import pillow_heif
import pytest
import tifffile
from conftest import draw_face, edits
from PIL import ExifTags, Image, ImageCms
from test_alignment import faces, on_canvas  # noqa: F401

from exprgan_tf.animation.photographs import photographs_to_move
from exprgan_tf.data.preparing.preparation import prepare
from exprgan_tf.data.preparing.request import Options
from exprgan_tf.data.sources.base import Photo
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.errors import UserError
from exprgan_tf.faces.detector import find_landmarks
from exprgan_tf.pictures.files import (
    decode_photograph,
    decode_picture,
    encode_picture,
    read_image,
)
from exprgan_tf.pictures.listing import list_images

# The one writes what the package reads with the other.
pillow_heif.register_heif_opener()
pi_heif.register_heif_opener()

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# A space whose numbers are those of sRGB with red and green exchanged.
EXCHANGED = SRGB.replace(b"rXYZ", b"xXYZ").replace(b"gXYZ", b"rXYZ").replace(
    b"xXYZ", b"gXYZ"
)
SMOOTH = np.stack([
    *np.meshgrid(np.linspace(20, 230, 64), np.linspace(230, 20, 48)),
    np.full((48, 64), 90.0),
], -1).astype("uint8")


def encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def changed(photograph):
    """It with a square of another colour, and where that is."""
    picture = photograph.pixels.copy()
    picture[10:20, 30:40] = (200, 60, 30)
    return picture, np.s_[10:20, 30:40]


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "HEIF", "AVIF", "TIFF"])
def test_formats_are_read_alike_and_cut_off_are_refused(tmp_path, form):
    data = encoded(Image.fromarray(SMOOTH), form)
    path = tmp_path / "any"
    path.write_bytes(data)
    assert np.abs(read_image(path).astype(int) - SMOOTH).mean() < 3
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(UserError, match="any is not an image") as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "HEIF", "AVIF"])
def test_a_profile_is_converted_and_comes_back(form):
    data = encoded(
        Image.fromarray(SMOOTH[..., [1, 0, 2]]), form, icc_profile=EXCHANGED
    )
    photograph = decode_photograph(data)
    assert np.abs(photograph.pixels.astype(int) - SMOOTH).mean() < 3

    picture, where = changed(photograph)
    image = Image.open(io.BytesIO(encode_picture(
        picture, photograph=photograph
    )))
    assert image.info["icc_profile"] == EXCHANGED
    own = np.asarray(image).astype(int)
    original = np.asarray(Image.open(io.BytesIO(data))).astype(int)
    np.testing.assert_allclose(own[where], np.broadcast_to(
        (60, 200, 30), (10, 10, 3)
    ), atol=3)
    own[where] = original[where]
    np.testing.assert_array_equal(own, original)
    assert np.abs(decode_picture(encode_picture(
        picture, "jpeg", photograph, quality=95, subsampling=0
    )).astype(int) - picture)[where].mean() < 4


@pytest.mark.parametrize("profile", [
    SRGB, b"broken",
    ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
])
def test_profiles_that_change_nothing(profile):
    photograph = decode_photograph(
        encoded(Image.fromarray(SMOOTH), "PNG", icc_profile=profile)
    )
    np.testing.assert_array_equal(photograph.pixels, SMOOTH)
    assert photograph.profile is None


def test_other_colours():
    lab = ImageCms.profileToProfile(
        Image.fromarray(SMOOTH), ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"), outputMode="LAB",
    )
    for image in (lab, Image.fromarray(SMOOTH).convert("CMYK")):
        picture = decode_picture(encoded(image, "TIFF"))
        assert np.abs(picture.astype(int) - SMOOTH).mean() < 3


@pytest.mark.parametrize("profile", [None, EXCHANGED])
@pytest.mark.parametrize("form, mode", [
    ("PNG", "RGBA"), ("PNG", "LA"), ("TIFF", "RGBA"),
])
def test_transparency_comes_back(form, mode, profile):
    alpha = np.full((48, 64), 255, "uint8")
    alpha[:8], alpha[8:10] = 0, 128
    image = Image.fromarray(SMOOTH).convert(mode)
    image.putalpha(Image.fromarray(alpha))
    photograph = decode_photograph(
        encoded(image, form, icc_profile=profile)
    )
    assert photograph.pixels[:8].min() == 255

    picture, where = changed(photograph)
    picture[:4] = 7
    made = Image.open(io.BytesIO(encode_picture(
        picture, photograph=photograph
    )))
    found, before = (
        np.array(each.convert("RGBA")).astype(int) for each in (made, image)
    )
    assert np.abs(found[where] - before[where]).max() > 20
    found[where] = before[where]
    np.testing.assert_array_equal(found, before)
    assert Image.open(io.BytesIO(encode_picture(
        picture, "jpeg", photograph
    ))).mode == "RGB"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "HEIF", "AVIF"])
def test_edits_keep_the_date_and_not_the_place(form):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.DateTime] = "2024:05:03 10:11:12"
    exif[ExifTags.Base.Make] = "camera"
    below = exif.get_ifd(ExifTags.IFD.Exif)
    below[ExifTags.Base.DateTimeOriginal] = "2024:05:03 10:11:12"
    below[ExifTags.Base.BodySerialNumber] = "0123456789"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 0.0)})
    photograph = decode_photograph(
        encoded(Image.fromarray(SMOOTH), form, exif=exif.tobytes())
    )
    assert photograph.pixels.shape == (64, 48, 3)
    for kind in ("png", "jpeg"):
        made = Image.open(io.BytesIO(
            encode_picture(photograph.pixels, kind, photograph)
        ))
        kept = made.getexif()
        assert made.size == (48, 64)
        assert kept[ExifTags.Base.Orientation] == 1
        assert kept[ExifTags.Base.DateTime] == "2024:05:03 10:11:12"
        assert dict(kept.get_ifd(ExifTags.IFD.Exif)) == {
            ExifTags.Base.DateTimeOriginal: "2024:05:03 10:11:12"
        }
        assert not kept.get_ifd(ExifTags.IFD.GPSInfo)
        assert ExifTags.Base.Make not in kept


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_no_broken_picture():
    data = encoded(
        Image.fromarray(SMOOTH), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\0"
    )
    assert decode_picture(data).shape == SMOOTH.shape


@pytest.mark.parametrize("values, options", [
    (SMOOTH[..., 0].astype("float32") / 255, {}),
    (SMOOTH.astype("float32") / 255, {}),
    (SMOOTH.astype("float64"), {}),
    (SMOOTH.astype("float16") / 255, {}),
    (SMOOTH.astype("uint16") * 257, {}),
    (SMOOTH.astype("uint16") * 16, {}),
    (SMOOTH[..., 0].astype("uint16") * 16, {}),
    (np.moveaxis(SMOOTH.astype("uint16") * 257, -1, 0),
     {"planarconfig": "separate"}),
    # Of scanners, whose 0 is white.
    (65535 - SMOOTH[..., 0].astype("uint16") * 257,
     {"photometric": "miniswhite"}),
    (255 - SMOOTH[..., 0], {"photometric": "miniswhite"}),
])
def test_tiffs_of_more_than_eight_bits(values, options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **{
        "photometric": "rgb" if values.ndim == 3 else "minisblack", **options
    })
    picture = decode_picture(buffer.getvalue())
    expected = SMOOTH if values.ndim == 3 else SMOOTH[..., :1]
    np.testing.assert_allclose(
        picture, np.broadcast_to(expected, picture.shape), atol=3
    )


@pytest.mark.parametrize("form, told", [
    ("HEIF", b"colrnclx"), ("AVIF", b"colrnclx"), ("PNG", b"cICP"),
])
@pytest.mark.parametrize("transfer, name", [(16, "PQ"), (18, "HLG")])
def test_hdr_photographs_are_refused(form, told, transfer, name):
    """They are read as SDR would be: dull."""
    data = encoded(Image.fromarray(SMOOTH), form)
    width = 1 if form == "PNG" else 2
    tags = b"".join(
        number.to_bytes(width, "big") for number in (9, transfer, 9)
    )
    if form == "PNG":
        chunk = told + tags + b"\1"
        place = data.index(b"IDAT") - 4
        hdr = data[:place] + struct.pack(">I", 4) + chunk + struct.pack(
            ">I", zlib.crc32(chunk)
        ) + data[place:]
    else:
        place = data.index(told) + len(told)
        hdr = data[:place] + tags + data[place + len(tags):]
    decode_picture(data)
    with pytest.raises(UserError, match=f"HDR photograph .{name}.*SDR"):
        decode_picture(hdr)


def test_floats_that_are_no_numbers_are_black():
    values = SMOOTH[..., 0].astype("float32") / 255
    values[0] = np.nan, *[np.inf] * 62, -1.0
    picture = decode_picture(encoded(Image.fromarray(values), "TIFF"))
    assert picture[0].max() == 0
    np.testing.assert_allclose(picture[1:, :, 0], SMOOTH[1:, :, 0], atol=1)


def test_tiffs_are_bounded_before_they_are_read(monkeypatch):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, SMOOTH.astype("float32"), photometric="rgb")
    monkeypatch.setattr(
        tifffile.TiffPage, "asarray", lambda self: pytest.fail("read")
    )
    with pytest.raises(UserError, match="64 x 48 pixels are too many"):
        decode_picture(buffer.getvalue(), max_pixels=3000)


@pytest.fixture
def folder(tmp_path):
    """A folder as a phone, a browser and a person leave it."""
    folder = tmp_path / "in"
    (folder / "more").mkdir(parents=True)
    image = Image.fromarray(draw_face(0, "happy", 1.0))
    for name, form in (
        ("a.JFIF", "JPEG"), ("b", "PNG"), ("2024.05.03 anna", "JPEG"),
        ("c.heic", "HEIF"), ("d.avif", "AVIF"), ("more/e.jpg", "JPEG"),
    ):
        (folder / name).write_bytes(encoded(image, form))
    for name in ("film.mp4", "notes.txt", "README", ".hidden"):
        (folder / name).write_text("text")
    return folder


def test_a_folder_is_read_whole_and_says_what_is_left_out(folder, capsys):
    assert [path.name for path in list_images(folder)] == [
        "2024.05.03 anna", "a.JFIF", "b", "c.heic", "d.avif"
    ]
    said = capsys.readouterr().err
    assert said.count("left out: ") == said.count("\n") == 4
    assert "film.mp4: a film" in said
    assert "more: a folder" in said
    assert "notes.txt: no picture" in said
    with pytest.raises(UserError, match=r"no photograph: e\.txt is no pic"):
        (folder / "empty").mkdir()
        (folder / "empty" / "e.txt").touch()
        list_images(folder / "empty")
    with pytest.raises(UserError, match="does not exist"):
        list_images(300 * "x")
    with pytest.raises(UserError, match="null is no regular file"):
        read_image(*list_images("/dev/null"))


def test_photographs_to_be_moved_are_listed_likewise(folder):
    photos, skipped = photographs_to_move(folder)
    assert len(photos) == 6
    assert sorted(name.rpartition("/")[2] for name, _ in skipped) == [
        "README", "film.mp4", "notes.txt"
    ]


def test_an_edit_of_every_kind(model, folder, tmp_path):
    face = Image.fromarray(draw_face(1, "happy", 1.0))
    face.putalpha(200)
    face.save(folder / "z.png", icc_profile=EXCHANGED)
    (folder / "cut.heic").write_bytes((folder / "c.heic").read_bytes()[:300])
    output = tmp_path / "out"
    assert edit_photographs(model, list_images(folder), edits(
        output, "sad", refine="none", align="never", paste_back=True
    )) == 1
    assert len(list(output.glob("*_photo.png"))) == 6
    with Image.open(output / "z_sad_1.00_photo.png") as made:
        assert made.info["icc_profile"] == EXCHANGED
        assert made.getchannel("A").getextrema() == (200, 200)


def test_a_data_set_has_no_numbers_of_other_spaces(tmp_path):
    path = tmp_path / "a.png"
    image = Image.fromarray(SMOOTH[:48, :48])
    image.save(path, icc_profile=EXCHANGED)
    stored, = prepare([Photo(path, "happy")], Options(48, "never"))
    np.testing.assert_allclose(
        decode_picture(stored.image).mean(axis=(0, 1)),
        SMOOTH[:48, :48, [1, 0, 2]].mean(axis=(0, 1)), atol=3,
    )


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_face_is_found_however_it_is_turned(faces, quarters):  # noqa: F811
    upright = np.asarray(on_canvas(faces[0], 200, 0, (130, 60)))
    expected, = find_landmarks(upright)

    found, = find_landmarks(np.rot90(upright, quarters))

    height, width = upright.shape[:2]
    for _ in range(quarters):
        expected = np.stack(
            [expected[:, 1], width - 1 - expected[:, 0]], axis=1
        )
        height, width = width, height
    np.testing.assert_allclose(found, expected, atol=8)


def test_a_small_face_in_a_large_photograph_is_found(faces):  # noqa: F811
    side, place = 36, (900, 120)
    picture = on_canvas(faces[0], side, 0, place, (1600, 300))

    found, = find_landmarks(np.asarray(picture))

    # Where the eyes of the rendered face are.
    np.testing.assert_allclose(
        found[:2], np.array([[46, 47], [82, 47]]) * side / 128 + place, atol=2
    )
