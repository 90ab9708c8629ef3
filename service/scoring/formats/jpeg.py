"""JPEG: what its markers promise, and its pixels by libjpeg-turbo, which reports damage.

Source: ITU-T T.81, annex B (markers) and F.1.2 (Huffman coding).
"""

import re
from dataclasses import dataclass, field

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from service.scoring.formats.orientation import is_turned, orientation_of, upright
from service.scoring.formats.refusals import check_alone, check_pixels, damaged, unsupported
from service.scoring.image import Decoded, ImageLimits, Size
from service.scoring.reduction import reduction

MOST_SCANS = 64
"""Each scan of a progressive JPEG goes over all pixels; encoders write 10 or so."""
MOST_SEGMENTS = 4096
MOST_REDUCTION = 8
"""A block of 8 x 8 pixels becomes one."""

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # not a stuffed zero, not a restart, not a fill byte
_START, _END, _SCAN, _TABLES, _LINES, _EXIF = 0xD8, 0xD9, 0xDA, 0xC4, 0xDC, 0xE1
_NO_LENGTH = {0x01, _START}
_PROCESSES = {
    0xC9: "a JPEG with arithmetic coding",  # which decodes any bytes at all: no damage would show
    0xCA: "a JPEG with arithmetic coding",
    0xC3: "lossless JPEG",
    0xC5: "hierarchical JPEG",
    0xC6: "hierarchical JPEG",
    0xC7: "hierarchical JPEG",
    0xCB: "lossless JPEG",
    0xCD: "hierarchical JPEG",
    0xCE: "hierarchical JPEG",
    0xCF: "hierarchical JPEG",
}
_FRAMES = {0xC0, 0xC1, 0xC2, *_PROCESSES}
_SEQUENTIAL = {0xC0, 0xC1}
_RARE = ("subsampling", "JFIF revision", "SOS parameters", "Adobe color")
"""What libjpeg says of headers that are whole."""
_STRAY = "extraneous bytes before marker 0xd9"
_PADDING = re.compile(rb"(?<!\xff)\x00+\xff\xd9")
"""Zeros before the end marker: some cameras fill up to an even length."""
_ZEROS = bytes(32)
_FILL = re.compile(rb"\xff\xff+\x00")
"""Fill bytes and a stuffed zero: bytes of one, as erased memory has them. libjpeg takes them for data."""


@dataclass(slots=True)
class Walk:
    """What the markers say: frame, scans and EXIF data; filled from the first byte to the end marker."""

    process: int = 0
    height: int = 0
    width: int = 0
    components: int = 0
    scans: int = 0
    exif: bytes = b""
    missing: dict[int, list[int]] = field(default_factory=dict)
    """Of each component, how many bits of its 64 coefficients the scans up to now left out."""
    common: dict[int, int] = field(default_factory=dict)
    """The symbol that the shortest code of each AC table stands for."""


def read_jpeg(data: bytes, limits: ImageLimits, least: Size | None = None) -> Decoded:
    """Decode one JPEG: uint8 [h, w] or RGB [h, w, 3], upright by its EXIF data.

    With `least` it is made smaller by as much as leaves so many pixels on both sides: each is nearly the mean of
    several, from their lowest frequencies. All data is read nevertheless, and its damage found.

    Raises:
        ImageRejected: `undecodable` for whatever libjpeg warns of but bytes behind the end marker;
            `unsupported_format` for several pictures and rare kinds.
    """
    walk = walk_markers(data, limits)
    orientation, stored = orientation_of(walk.exif), (walk.height, walk.width)
    turned = is_turned(orientation)
    by = 1 if least is None else min(MOST_REDUCTION, reduction(stored, least[::-1] if turned else least))
    pixels = decompress(data, walk.components, (-(-walk.height // by), -(-walk.width // by)) if by > 1 else (0, 0))
    return Decoded(upright(pixels, orientation), stored[::-1] if turned else stored)


def decompress(data: bytes, components: int, smallest: Size = (0, 0)) -> NDArray[np.uint8]:
    """The pixels of a JPEG of 1 or 3 components: uint8 [h, w] or RGB [h, w, 3], not yet upright.

    They are as many as `smallest` says, a half, a quarter or an eighth of the size, rounded up, or all.
    """
    height, width = smallest
    colours = "GRAY" if components == 1 else "RGB"
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            data, colours, min_height=height, min_width=width, strict=True
        )
    except ValueError as error:
        if any(rare in str(error) for rare in _RARE):
            raise unsupported(f"a JPEG of a rare kind ({error})") from error
        padding = _PADDING.search(data) if _STRAY in str(error) else None
        if padding:
            return decompress(data[: padding.start()] + data[padding.end() - 2 :], components, smallest)
        raise damaged(f"JPEG data that libjpeg reports ({error})") from error
    return pixels[..., 0] if components == 1 else pixels


def walk_markers(data: bytes, limits: ImageLimits) -> Walk:
    """Go from marker to marker without decoding, and refuse what is damaged, too large or not read.

    Raises:
        ImageRejected: with reason `too_large`, `unsupported_format` or `undecodable`.
    """
    walk, position = Walk(), 2
    for _ in range(MOST_SEGMENTS):
        found = _MARKER.search(data, position)
        if found is None:
            raise damaged("a JPEG without end marker")
        marker, position = found[1][0], found.end()
        if marker == _END:
            break
        if marker in _NO_LENGTH:
            continue
        length = int.from_bytes(data[position : position + 2])
        segment = data[position + 2 : position + length]
        if len(segment) != length - 2:
            raise damaged("a JPEG segment that ends too soon")
        position += length
        _read_segment(walk, marker, segment, limits)
        if marker == _SCAN:
            _check_scan(walk, segment, data, position)
    else:
        raise unsupported(f"a JPEG of more than {MOST_SEGMENTS} segments")
    if not walk.process or len(walk.missing) < walk.components:
        raise damaged("a JPEG without an image")
    if any(map(any, walk.missing.values())):
        raise damaged("a progressive JPEG without its last scans")
    if data.find(b"\xff\xd8\xff", position) >= 0:
        raise unsupported("several JPEG pictures in one message", "one image a message")
    check_alone(data, position)
    return walk


def _read_segment(walk: Walk, marker: int, segment: bytes, limits: ImageLimits) -> None:
    if marker in _FRAMES:
        _read_frame(walk, marker, segment, limits)
    elif marker == _TABLES:
        walk.common.update(_common_symbols(segment))
    elif marker == _LINES:
        raise unsupported("a JPEG whose height follows its data (DNL)")
    elif marker == _EXIF and segment.startswith(b"Exif\0\0") and not walk.exif:
        walk.exif = segment[6:]


def _read_frame(walk: Walk, marker: int, segment: bytes, limits: ImageLimits) -> None:
    if len(segment) < 6 or walk.process:
        raise damaged("a JPEG with a damaged frame header")
    precision, walk.components = segment[0], segment[5]
    walk.height, walk.width = int.from_bytes(segment[1:3]), int.from_bytes(segment[3:5])
    walk.process = marker
    if marker in _PROCESSES:
        raise unsupported(_PROCESSES[marker])
    if precision != 8:
        raise unsupported(f"a JPEG of {precision} bits per channel")
    if walk.components not in (1, 3):
        raise unsupported("a CMYK JPEG" if walk.components == 4 else f"a JPEG of {walk.components} channels")
    if walk.width and not walk.height:
        raise unsupported("a JPEG whose height follows its data (DNL)")
    check_pixels(walk.width, walk.height, limits)


def _check_scan(walk: Walk, segment: bytes, data: bytes, position: int) -> None:
    """Note what a scan brings, and refuse one with zeros or ones that no encoder writes.

    In a sequential scan 32 bytes of zero are dozens of equal coefficients in a row, unless the shortest code of
    every table ends a block: then they are an even surface. libjpeg decodes them without a warning.
    """
    walk.scans += 1
    if walk.scans > MOST_SCANS:
        raise unsupported(f"a JPEG of more than {MOST_SCANS} scans")
    if not segment or len(segment) != 4 + 2 * segment[0]:
        raise damaged("a JPEG with a damaged scan header")
    first, last, precision = (0, 63, 0) if walk.process in _SEQUENTIAL else (*segment[-3:-1], segment[-1] & 15)
    if not walk.process or first > last or last > 63:
        raise damaged("a JPEG with a damaged scan header")
    for component in segment[1:-3:2]:
        walk.missing.setdefault(component, [1] * 64)[first : last + 1] = [precision] * (last + 1 - first)
    following = _MARKER.search(data, position)
    end = following.start() if following else len(data)
    if _FILL.search(data, position, end):
        raise damaged("a JPEG with bytes of one in place of data")
    tables = {selector & 15 for selector in segment[2:-3:2]}
    if walk.process not in _SEQUENTIAL or not any(walk.common.get(table) for table in tables):
        return
    if data.find(_ZEROS, position, end) >= 0:
        raise damaged("a JPEG with zeros in place of data")


def _common_symbols(segment: bytes) -> dict[int, int]:
    """The symbol of the shortest code in each AC table of a DHT segment, by the table's number."""
    symbols: dict[int, int] = {}
    position = 0
    while position + 17 < len(segment):
        kind, count = segment[position], sum(segment[position + 1 : position + 17])
        if kind >> 4 and count:
            symbols[kind & 15] = segment[position + 17]
        position += 17 + count
    return symbols
