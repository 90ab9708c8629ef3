"""BMP: what its header promises, and its pixels by OpenCV.

Source: Microsoft, Bitmap Storage (BITMAPFILEHEADER, BITMAPINFOHEADER to BITMAPV5HEADER).
"""

import struct
from dataclasses import dataclass

from service.scoring.formats.opencv import imdecode
from service.scoring.formats.refusals import check_alone, check_pixels, damaged, unsupported
from service.scoring.image import ImageLimits, Pixels

_OLD, _V1, _OS2, _LARGEST = 12, 40, 64, 124
"""Sizes in bytes of the oldest header, of the usual one, of that of OS/2 2.0 and of the newest."""
_PLAIN, _RLE8, _BITFIELDS = 0, 1, 3
_COMPRESSIONS = {2: "RLE of 4 bits", 4: "an embedded JPEG", 5: "an embedded PNG", 6: "masks with alpha"}
_MASKS = {
    16: {(0x7C00, 0x3E0, 0x1F), (0xF800, 0x7E0, 0x1F)},
    32: {(0xFF0000, 0xFF00, 0xFF)},
}
"""Red, green and blue masks that are read, by bits per pixel."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a BMP says."""

    start: int
    """Where the pixels begin."""
    size: int
    """Of the header itself, in bytes."""
    width: int
    height: int
    """Below zero if the first row is the top one."""
    bits: int
    compression: int
    colours: int
    """Of the palette; 0 is as many as there can be."""
    masks: tuple[int, int, int]


def read_bmp(data: bytes, limits: ImageLimits) -> Pixels:
    """Decode one BMP: uint8, [h, w] for a grey palette and else RGB [h, w, 3].

    The decoder sees a header of our own, with the values that were checked.

    Raises:
        ImageRejected: with reason `too_large`, `unsupported_format` or `undecodable`.
    """
    header = _header(data)
    check_pixels(header.width, abs(header.height), limits)
    _check_kind(header)
    if header.compression == _RLE8:
        end = header.start + _check_runs(data[header.start :], header)
    else:
        end = header.start + (header.width * header.bits + 31) // 32 * 4 * abs(header.height)
        if end > len(data):
            raise damaged("a BMP with fewer pixels than its header says")
    check_alone(data, end)
    return imdecode(_plain(data, header))


def _plain(data: bytes, header: Header) -> bytes:
    """The same pixels behind a header of the usual size: OpenCV does not know all others."""
    more = b""
    if header.compression == _BITFIELDS:
        more = struct.pack("<III", *header.masks)
    elif header.bits <= 8:
        colours = min(header.colours or 1 << header.bits, 1 << header.bits)
        more = data[14 + header.size :][: 4 * colours].ljust(4 << header.bits, b"\0")  # a colour that is none is black
    start = 14 + _V1 + len(more)
    values = (_V1, header.width, header.height, 1, header.bits, header.compression, 0, 0, 0, 0, 0)
    pixels = memoryview(data)[header.start :]
    return b"".join([struct.pack("<2sIIIIiiHHIIIIII", b"BM", 0, 0, start, *values), more, pixels])


def _header(data: bytes) -> Header:
    try:
        start, size = struct.unpack_from("<II", data, 10)
        if size == _OLD:  # OpenCV gives grey pixels for its colours
            raise unsupported("a BMP with a header of OS/2")
        width, height, _, bits, compression, _, _, _, colours = struct.unpack_from("<iiHHIIiiI", data, 18)
        masks = struct.unpack_from("<III", data, 14 + _V1) if compression == _BITFIELDS else (0, 0, 0)
    except struct.error as error:
        raise damaged("a BMP header that ends too soon") from error
    return Header(start, size, width, height, bits, compression, colours, masks)


def _check_kind(header: Header) -> None:
    if not _V1 <= header.size <= _LARGEST:
        raise unsupported(f"a BMP with a header of {header.size} bytes")
    if header.size == _OS2 and header.compression > _RLE8:  # the same numbers mean something else there
        raise unsupported("a BMP with a compression of OS/2")
    if header.bits not in (1, 4, 8, 16, 24, 32):
        raise unsupported(f"a BMP of {header.bits} bits per pixel")
    if header.compression in _COMPRESSIONS:
        raise unsupported(f"a BMP with {_COMPRESSIONS[header.compression]}")
    if header.compression not in (_PLAIN, _RLE8, _BITFIELDS) or (header.compression == _RLE8) > (header.bits == 8):
        raise damaged("a BMP header with impossible values")
    if header.compression == _BITFIELDS and header.masks not in _MASKS.get(header.bits, ()):
        raise unsupported(f"a BMP with the colour masks {' '.join(f'{mask:x}' for mask in header.masks)}")
    palette = 4 * (header.colours or 1 << header.bits) if header.bits <= 8 else 0
    if header.start < 14 + header.size + palette or palette > 4 << 8:
        raise damaged("a BMP whose pixels begin within its header")


def _check_runs(runs: bytes, header: Header) -> int:
    """Follow the runs of an RLE8 image to their end: they must fill every row, since what they skip has no pixels."""
    position, column, row = 0, 0, 0
    while position + 1 < len(runs):
        count, value = runs[position], runs[position + 1]
        position += 2
        if count:
            column += count
        elif value >= 3:  # so many pixels follow one by one, padded to an even number of bytes
            column, position = column + value, position + (value + 1) // 2 * 2
        elif value == 2:
            raise unsupported("a BMP with RLE that skips pixels")
        elif value == 1 and not column:  # the end of the image, behind that of its last row
            break
        else:  # the end of a row, or of the image
            if column != header.width:
                raise damaged("a BMP with a row that its runs do not fill")
            row, column = row + 1, 0
            if value == 1:
                break
    if row != abs(header.height) or position > len(runs):
        raise damaged("a BMP with other rows than its header says")
    return position
