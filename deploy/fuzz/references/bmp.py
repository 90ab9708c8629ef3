"""BMP read by Microsoft's description of its headers, masks and runs."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deploy.fuzz.encodings.bmp import ALPHA_BITFIELDS, BITFIELDS, CORE, NONE, OS2, RLE4, RLE8
from deploy.fuzz.references.reading import Damage, Reading, Unread, unpacked

WINDOWS = (40, 52, 56, 108, 124)


@dataclass(frozen=True)
class Header:
    """What the headers say."""

    width: int
    height: int
    top_down: bool
    bits: int
    compression: int
    palette: NDArray[np.uint8]
    """RGB [colours, 3]."""
    masks: tuple[int, int, int]
    start: int


def read(data: bytes) -> Reading:
    """Decode one BMP.

    Raises:
        Damage: if it is cut off or its numbers make no sense.
        Unread: if it is OS/2's, or holds another format.
    """
    header = _header(data)
    in_runs = header.compression in (RLE8, RLE4)
    samples = _runs(data[header.start :], header) if in_runs else _lines(data, header)
    pixels = _meant(samples, header)
    most = 0 if header.bits != 16 else 8  # noqa: PLR2004 - 5 bits are widened in several ways
    return Reading(pixels if header.top_down else pixels[::-1], most, most)


def _header(data: bytes) -> Header:
    if data[:2] != b"BM" or len(data) < 26:  # noqa: PLR2004 - the shortest header
        raise Damage("header")
    start, size = struct.unpack_from("<II", data, 10)
    if size == CORE:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression, colours, entry, masks, top_down = NONE, 1 << bits if bits <= 8 else 0, 3, None, False  # noqa: PLR2004
    elif size in WINDOWS or size == OS2:
        if len(data) < 54:  # noqa: PLR2004 - both headers
            raise Damage("cut off")
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        (used,) = struct.unpack_from("<I", data, 46)
        colours, entry, masks, top_down = (used or 1 << bits) if bits <= 8 else 0, 4, None, height < 0  # noqa: PLR2004
        height = abs(height)
        if compression in (BITFIELDS, ALPHA_BITFIELDS) and len(data) >= 66:  # noqa: PLR2004 - three masks
            masks = struct.unpack_from("<3I", data, 54)
        if size == OS2 and compression != NONE:
            raise Unread("OS/2 compression")
    else:
        raise Unread(f"header of {size} bytes")
    if width * height > 1 << 24:
        raise Unread("a very large picture")
    if width <= 0 or height <= 0 or bits not in (1, 2, 4, 8, 16, 24, 32):
        raise Damage("size or bits") if bits != 64 else Unread("64 bits")  # noqa: PLR2004
    allowed = {NONE: (1, 2, 4, 8, 16, 24, 32), RLE8: (8,), RLE4: (4,), BITFIELDS: (16, 32), ALPHA_BITFIELDS: (16, 32)}
    if bits not in allowed.get(compression, ()):
        raise Unread(f"compression {compression}")
    colours = min(colours, 256)
    place = 14 + size
    table = np.frombuffer(data[place : place + colours * entry].ljust(colours * entry, b"\0"), np.uint8)
    palette = table.reshape(colours, entry)[:, 2::-1] if colours else np.zeros((0, 3), np.uint8)
    usual = (0x7C00, 0x3E0, 0x1F) if bits == 16 else (0xFF0000, 0xFF00, 0xFF)  # noqa: PLR2004
    return Header(width, height, top_down, bits, compression, palette, masks or usual, start)


def _lines(data: bytes, header: Header) -> NDArray[Any]:
    step = (header.width * header.bits + 31) // 32 * 4
    used = (header.width * header.bits + 7) // 8
    need = step * (header.height - 1) + used
    body = data[header.start : header.start + step * header.height]
    if header.start < 26 or len(body) < need:  # noqa: PLR2004 - the shortest headers
        raise Damage("cut off")
    lines = np.frombuffer(body.ljust(step * header.height, b"\0"), np.uint8).reshape(header.height, step)
    if header.bits <= 8:  # noqa: PLR2004 - a palette's
        return unpacked(lines, header.bits, header.width)
    if header.bits == 24:  # noqa: PLR2004
        return lines[:, :used].reshape(header.height, header.width, 3)
    return lines[:, :used].copy().view(f"<u{header.bits // 8}")


def _meant(samples: NDArray[Any], header: Header) -> NDArray[Any]:
    if header.bits <= 8:  # noqa: PLR2004 - a palette's
        table = np.zeros((256, 3), np.uint8)
        table[: len(header.palette)] = header.palette  # a colour that is none is black
        found: NDArray[Any] = table[samples]
        return found
    if header.bits == 24:  # noqa: PLR2004
        return samples[..., ::-1]
    return np.stack([_channel(samples, mask) for mask in header.masks], axis=-1)


def _channel(words: NDArray[Any], mask: int) -> NDArray[np.uint8]:
    if mask == 0:
        raise Unread("empty mask")
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift
    if most & (most + 1):
        raise Damage("mask with holes")
    values = (words.astype(np.uint64) & np.uint64(mask)) >> np.uint64(shift)
    scaled: NDArray[np.uint8] = np.rint(values * (255 / most)).astype(np.uint8)
    return scaled


def _runs(data: bytes, header: Header) -> NDArray[Any]:
    """RLE8 and RLE4; what no run covers stays 0.

    Raises:
        Damage: if runs leave the picture or the data ends before its end mark.
    """
    samples = np.zeros((header.height, header.width), np.uint8)
    x = y = place = 0
    nibbles = header.compression == RLE4
    while True:
        if place + 2 > len(data):
            raise Damage("runs cut off")
        count, value = data[place], data[place + 1]
        place += 2
        if count == 0 and value == 1:
            break
        if count == 0 and value == 0:
            x, y = 0, y + 1
        elif count == 0 and value == 2:  # noqa: PLR2004 - a step
            if place + 2 > len(data):
                raise Damage("runs cut off")
            x, y, place = x + data[place], y + data[place + 1], place + 2
        else:
            length = count or value
            size = (length + 1) // 2 if nibbles else length
            run = bytes([value]) * size if count else data[place : place + size]
            place += 0 if count else size + size % 2
            if x + length > header.width or y >= header.height or len(run) < size:
                raise Damage("a run leaves the picture")
            values = np.frombuffer(run, np.uint8)
            samples[y, x : x + length] = (
                np.stack([values >> 4, values & 15], axis=1).ravel()[:length] if nibbles else values
            )
            x += length
    if y < header.height - 1:
        raise Damage("runs end early")
    return samples
