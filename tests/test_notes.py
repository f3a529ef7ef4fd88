"""The note in the files of edits that says how they were made."""

import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from conftest import edits
from PIL import ExifTags, Image

import exprgan_tf
from exprgan_tf.editing.photographs import edit_photographs
from exprgan_tf.pictures.example import example_photograph
from exprgan_tf.pictures.files import decode_photograph, encode_picture
from exprgan_tf.pictures.notes import noted_png

PICTURE = np.random.default_rng(0).integers(0, 255, (48, 64, 3), "uint8")
SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/"
    "compositeWithTrainedAlgorithmicMedia"
)
PLACE = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,8.0N"/>
</rdf:RDF></x:xmpmeta>"""


def note_of(data):
    """What the file of an edit says of itself, by name."""
    xmp = Image.open(io.BytesIO(data)).info["xmp"]
    found = ElementTree.fromstring(xmp.decode()).find(
        ".//{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
    )
    return {name.rpartition("}")[2]: text for name, text in
            found.attrib.items()}


NOTE = {
    "about": "", "DigitalSourceType": SOURCE_TYPE,
    "CreatorTool": f"exprgan_tf {exprgan_tf.__version__}",
}


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff", "avif"])
def test_every_format_holds_it(kind):
    assert note_of(encode_picture(PICTURE, kind, noted=True)) == NOTE
    image = Image.open(io.BytesIO(encode_picture(PICTURE, kind)))
    assert not image.info.get("xmp")


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_of_the_photograph_the_date_goes_along_and_no_place(kind):
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "2024:05:03 10:11:12"
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(
        buffer, "JPEG", xmp=PLACE, exif=exif.tobytes()
    )
    assert b"GPSLatitude" in buffer.getvalue()
    photograph = decode_photograph(buffer.getvalue())
    for noted in (True, False):
        made = encode_picture(photograph.pixels, kind, photograph, noted)
        assert b"GPS" not in made
        assert Image.open(io.BytesIO(made)).getexif()[
            ExifTags.Base.DateTime
        ] == "2024:05:03 10:11:12"
        assert (SOURCE_TYPE.encode() in made) == noted


def test_it_is_put_into_a_png():
    made = noted_png(encode_picture(PICTURE))
    assert note_of(made) == NOTE
    image = Image.open(io.BytesIO(made))
    image.verify()
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(made))), PICTURE
    )
    jpeg = encode_picture(PICTURE, "jpeg")
    assert noted_png(jpeg) == jpeg


@pytest.mark.parametrize("wanted", [True, False])
def test_edits_have_it_unless_nobody_wants_it(model, tmp_path, wanted):
    request = edits(
        tmp_path, "happy", paste_back=True, contact_sheet=True,
        refine="none", note_edit=wanted,
    )
    assert edit_photographs(model, [example_photograph()], request) == 0
    files = list(tmp_path.glob("*.png"))
    assert len(files) == 4
    for file in files:
        data = file.read_bytes()
        assert (SOURCE_TYPE.encode() in data) == wanted, file
        if wanted:
            assert note_of(data) == NOTE
