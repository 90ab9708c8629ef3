"""BMP: what its header promises, and its pixels, which need no codec.

Source: Microsoft, Bitmap Storage (BITMAPFILEHEADER, BITMAPINFOHEADER to BITMAPV5HEADER).
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
_GREEN_OF_6 = 0x7E0


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

    Raises:
        ImageRejected: with reason `too_large`, `unsupported_format` or `undecodable`.
    """
    header, rows = check_bmp(data, limits)
    if header.height > 0:
        rows = rows[::-1]
    if header.bits <= 8:
        return _by_palette(_indices(rows, header), data, header)
    return np.ascontiguousarray(_colours(rows[:, : header.width * header.bits // 8], header))


def check_bmp(data: bytes, limits: ImageLimits) -> tuple[Header, NDArray[np.uint8]]:
    """What the header says, and the rows as they are stored, uint8 [rows, bytes]; or a refusal.

    Raises:
        ImageRejected: as `read_bmp`.
    """
    header = _header(data)
    check_pixels(header.width, abs(header.height), limits)
    _check_kind(header)
    if header.compression == _RLE8:
        rows, size = _read_runs(data[header.start :], header)
        end = header.start + size
    else:
        row_bytes = (header.width * header.bits + 31) // 32 * 4
        end = header.start + row_bytes * abs(header.height)
        if end > len(data):
            raise damaged("a BMP with fewer pixels than its header says")
        rows = np.frombuffer(data, np.uint8, end - header.start, header.start).reshape(-1, row_bytes)
    check_alone(data, end)
    return header, rows


def _indices(rows: NDArray[np.uint8], header: Header) -> NDArray[np.uint8]:
    if header.bits == 1:
        rows = np.unpackbits(rows, axis=1)
    elif header.bits == 4:
        rows = np.stack([rows >> 4, rows & 15], axis=2).reshape(len(rows), -1)
    return rows[:, : header.width]


def _by_palette(indices: NDArray[np.uint8], data: bytes, header: Header) -> NDArray[np.uint8]:
    """Grey if all colours of the palette are; a colour that is none is black."""
    colours = min(header.colours or 1 << header.bits, 1 << header.bits)
    stored = data[14 + header.size :][: 4 * colours].ljust(4 << 8, b"\0")
    table = np.frombuffer(stored, np.uint8).reshape(-1, 4)[:, 2::-1]
    is_grey = bool((table == table[:, :1]).all())
    return np.take(table[:, 0] if is_grey else table, indices, axis=0)


def _colours(rows: NDArray[np.uint8], header: Header) -> NDArray[np.uint8]:
    if header.bits != 16:
        return rows.reshape(len(rows), header.width, -1)[..., 2::-1]
    pixels = np.ascontiguousarray(rows).view("<u2")
    # Of 5 or 6 bits; the lower bits of the 8 are zero.
    green = (pixels >> 3 & 0xFC, pixels >> 8) if header.masks[1] == _GREEN_OF_6 else (pixels >> 2 & 0xF8, pixels >> 7)
    return np.stack([green[1] & 0xF8, green[0], pixels << 3 & 0xF8], axis=2).astype(np.uint8)


def _header(data: bytes) -> Header:
    try:
        start, size = struct.unpack_from("<II", data, 10)
        if size == _OLD:
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


def _read_runs(runs: bytes, header: Header) -> tuple[NDArray[np.uint8], int]:
    """The rows of an RLE8 image, as they are stored, and where its runs end.

    They must fill every row, since what they skip has no pixels.
    """
    pixels = bytearray()
    position, row = 0, 0
    while position + 1 < len(runs):
        count, value = runs[position], runs[position + 1]
        position += 2
        if count:
            pixels += bytes([value]) * count
        elif value >= 3:  # so many pixels follow one by one, padded to an even number of bytes
            pixels += runs[position : position + value]
            position += (value + 1) // 2 * 2
        elif value == 2:
            raise unsupported("a BMP with RLE that skips pixels")
        elif value == 1 and len(pixels) == row * header.width:  # the end of the image, behind that of its last row
            break
        else:  # the end of a row, or of the image
            row += 1
            if value == 1:
                break
        filled = len(pixels) - row * header.width
        if filled > header.width or (not count and value < 2 and filled):
            raise damaged("a BMP with a row that its runs do not fill")
    if row != abs(header.height) or len(pixels) != row * header.width or position > len(runs):
        raise damaged("a BMP with other rows than its header says")
    return np.frombuffer(pixels, np.uint8).reshape(row, header.width), position
