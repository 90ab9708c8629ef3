"""What is no JPEG, PNG, BMP or TIFF, and what only begins like one."""

import io
from collections.abc import Iterator

import imagecodecs
from PIL import Image

from deploy.fuzz.encodings import picture
from deploy.fuzz.encodings.encoding import DAMAGED, UNSUPPORTED, Encoding

REFUSED = f"{DAMAGED}|{UNSUPPORTED}"


def cases() -> Iterator[Encoding]:
    """Other formats, text, nothing."""
    image = Image.fromarray(picture.colour8())
    for kind in ("GIF", "WEBP", "PPM", "TGA", "ICO", "PCX", "SGI", "DDS", "PDF", "EPS", "ICNS"):
        stream = io.BytesIO()
        image.save(stream, kind)
        yield Encoding(f"c8.{kind.lower()}", stream.getvalue(), UNSUPPORTED)
    yield Encoding("c8.jp2", bytes(imagecodecs.jpeg2k_encode(picture.colour8())), UNSUPPORTED)
    yield Encoding("c8.jxl", bytes(imagecodecs.jpegxl_encode(picture.colour8())), UNSUPPORTED)
    yield Encoding("c8.qoi", bytes(imagecodecs.qoi_encode(picture.colour8())), UNSUPPORTED)
    yield Encoding("c8.avif", bytes(imagecodecs.avif_encode(picture.colour8())), UNSUPPORTED)
    yield Encoding("nothing", b"", "empty")
    for name, data in {
        "text.txt": b"no image at all",
        "page.html": b"<!doctype html><title>502 Bad Gateway</title>",
        "object.json": b'{"image": "iVBORw0KGgo="}',
        "base64.txt": b"iVBORw0KGgoAAAANSUhEUgAA",
        "zeros.bin": bytes(1000),
        "archive.zip": b"PK\3\4" + bytes(100),
        "compressed.gz": b"\x1f\x8b\x08" + bytes(100),
        "byte.bin": b"\xff",
    }.items():
        yield Encoding(name, data, UNSUPPORTED)
    for name, data in {
        "start.png": b"\x89PNG\r\n\x1a\n",
        "text_mode.png": b"\x89PNG\n\x1a\n" + bytes(50),
        "start.bmp": b"BM",
        "start.tif": b"II*\0",
        "start_big.tif": b"II+\0",
        "words.bmp": b"BMW makes cars, and this is a text of more than fifty-four bytes about them.",
    }.items():
        yield Encoding(name, data, REFUSED)
