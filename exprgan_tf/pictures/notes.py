"""The note in a picture's file that says how it was made.

XMP, as IPTC's Photo Metadata Standard 2025.1 asks of pictures that a trained
network has changed.
"""

import struct
import zlib

from PIL import ExifTags, PngImagePlugin

from exprgan_tf.support.version import VERSION

_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/"
    "compositeWithTrainedAlgorithmicMedia"
)
_PACKET = f"""\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    Iptc4xmpExt:DigitalSourceType="{_SOURCE_TYPE}"
    xmp:CreatorTool="exprgan_tf {VERSION}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
_PNG = b"\x89PNG\r\n\x1a\n"
# The keyword under which a PNG's text is XMP.
_PNG_KEY = "XML:com.adobe.xmp"
# Where a PNG's first chunk, of its size, ends.
_PNG_HEAD = 33


def note_options(kind):
    """Options of Pillow's `save` that write the note.

    Args:
        kind: what Pillow calls the format.

    Returns:
        A dict, empty for formats without XMP.
    """
    if kind == "png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt(_PNG_KEY, _PACKET)
        return {"pnginfo": text}
    if kind == "tiff":
        return {"tiffinfo": {ExifTags.Base.XMLPacket: _PACKET.encode()}}
    if kind in ("jpeg", "webp", "avif"):
        return {"xmp": _PACKET.encode()}
    return {}


def noted_png(data):
    """The bytes of a PNG with the note, its pixels untouched.

    What is no PNG stays as it is.
    """
    if not data.startswith(_PNG):
        return data
    body = b"iTXt" + _PNG_KEY.encode() + bytes(5) + _PACKET.encode()
    chunk = (
        struct.pack(">I", len(body) - 4) + body
        + struct.pack(">I", zlib.crc32(body))
    )
    return data[:_PNG_HEAD] + chunk + data[_PNG_HEAD:]
