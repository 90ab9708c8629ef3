"""PNG: what its chunks promise, and its pixels by OpenCV's libpng, which reports damage.

Source: W3C Portable Network Graphics, third edition, 5 (chunks) and 11 (IHDR, PLTE, IDAT, IEND).
"""

import zlib
from dataclasses import dataclass, field

from service.scoring.formats.opencv import imdecode
from service.scoring.formats.orientation import orientation_of, upright
from service.scoring.formats.refusals import check_alone, check_pixels, damaged, unsupported
from service.scoring.image import ImageLimits, Pixels

MOST_CHUNKS = 65_536
SIGNATURE = b"\x89PNG\r\n\x1a\n"

_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
"""Bits per channel that each colour type may have."""
_COLOUR_TYPE = 25
"""Its place in a file."""
_GREY_WITH_ALPHA = 4
_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}


@dataclass(slots=True)
class Chunks:
    """The chunks that make the pixels, as they stand in the file, and the EXIF data."""

    critical: list[memoryview] = field(default_factory=list)
    exif: bytes = b""


def read_png(data: bytes, limits: ImageLimits) -> Pixels:
    """Decode one PNG: uint8 or uint16, [h, w] or RGB [h, w, 3], upright by its EXIF data.

    The decoder sees the critical chunks alone: what else a file holds neither changes its pixels nor costs anything.

    Raises:
        ImageRejected: with reason `too_large`, `unsupported_format` or `undecodable`.
    """
    chunks = walk_chunks(data, limits)
    pixels = imdecode(b"".join([SIGNATURE, *chunks.critical]))
    if data[_COLOUR_TYPE] == _GREY_WITH_ALPHA:  # OpenCV gives the grey three times
        pixels = pixels[..., 0].copy()
    return upright(pixels, orientation_of(chunks.exif))


def walk_chunks(data: bytes, limits: ImageLimits) -> Chunks:
    """Go from chunk to chunk, and refuse what is damaged, too large or not read."""
    chunks, view, position, before = Chunks(), memoryview(data), len(SIGNATURE), b""
    for _ in range(MOST_CHUNKS):
        length, kind = int.from_bytes(view[position : position + 4]), bytes(view[position + 4 : position + 8])
        chunk = view[position : position + 12 + length]
        if len(chunk) < 12 + length:
            raise damaged("a PNG that ends too soon")
        if before == b"":
            _check_header(kind, chunk[8:-4], limits)
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise damaged(f"a PNG chunk {_name(kind)} with a wrong checksum")
        _take(chunks, kind, chunk, before)
        if kind == b"IEND":
            break
        position, before = position + len(chunk), kind
    else:
        raise unsupported(f"a PNG of more than {MOST_CHUNKS} chunks")
    if data.find(SIGNATURE, position) >= 0:
        raise unsupported("several PNG pictures in one message", "one image a message")
    check_alone(data, position + len(chunk))
    return chunks


def _check_header(kind: bytes, header: memoryview, limits: ImageLimits) -> None:
    if kind != b"IHDR" or len(header) != 13:
        raise damaged("a PNG without a header")
    check_pixels(int.from_bytes(header[:4]), int.from_bytes(header[4:8]), limits)
    depth, colour = header[8], header[9]
    if depth not in _DEPTHS.get(colour, ()) or header[10] or header[11] or header[12] > 1:
        raise damaged("a PNG header with impossible values")


def _take(chunks: Chunks, kind: bytes, chunk: memoryview, before: bytes) -> None:
    if kind == b"acTL":
        raise unsupported("an animated PNG", "one image a message")
    if kind in _CRITICAL:
        apart = kind == b"IDAT" and before != kind and any(one[4:8] == kind for one in chunks.critical)
        if apart or (kind == b"IHDR" and before):
            raise damaged("a PNG with chunks out of order")
        chunks.critical.append(chunk)
    elif kind == b"eXIf" and not chunks.exif:
        chunks.exif = bytes(chunk[8:-4])
    elif not kind[0] & 0x20:  # an upper-case first letter: the pixels cannot be known without it
        raise unsupported(f"a PNG with the unknown critical chunk {_name(kind)}")


def _name(kind: bytes) -> str:
    return kind.decode("ascii", "backslashreplace") if kind.isalpha() else kind.hex()
