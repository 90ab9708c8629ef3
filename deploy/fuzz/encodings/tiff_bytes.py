"""Writing TIFF by hand: any tags in any IFDs, byte order, BigTIFF and sub-IFDs, right or wrong (TIFF 6.0)."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIPS, ORIENTATION, SAMPLES, ROWS, STRIP_BYTES, PLANAR = 273, 274, 277, 278, 279, 284
PREDICTOR, COLOUR_MAP, TILE_WIDTH, TILE_LENGTH, TILES, TILE_BYTES = 317, 320, 322, 323, 324, 325
SUB_FILE, SUB_IFDS, EXTRA_SAMPLES, SAMPLE_FORMAT = 254, 330, 338, 339

LONG = frozenset({STRIPS, STRIP_BYTES, TILES, TILE_BYTES, SUB_IFDS, WIDTH, LENGTH, ROWS, SUB_FILE})
"""Tags written as 32 bits; all others as 16."""


@dataclass(frozen=True)
class Page:
    """One IFD: its strips or tiles, encoded, and its tags besides those that say where these are."""

    strips: Sequence[bytes]
    tags: Mapping[int, int | Sequence[int]]
    tiled: bool = False
    sub: Sequence["Page"] = field(default=())


def page(samples: NDArray[np.integer], order: Literal["<", ">"] = "<", **more: int | Sequence[int]) -> Page:
    """An uncompressed page of one strip: uint8 or uint16, [h, w] or [h, w, n]; `more` are tags by name."""
    channels = 1 if samples.ndim == 2 else samples.shape[2]  # noqa: PLR2004 - grey
    named = {globals()[name]: value for name, value in more.items()}
    tags: dict[int, int | Sequence[int]] = {
        WIDTH: samples.shape[1],
        LENGTH: samples.shape[0],
        BITS: [8 * samples.dtype.itemsize] * channels,
        COMPRESSION: 1,
        PHOTOMETRIC: 2 if channels >= 3 else 1,  # noqa: PLR2004 - RGB, BlackIsZero
        SAMPLES: channels,
        ROWS: samples.shape[0],
    }
    return Page([samples.astype(samples.dtype.newbyteorder(order)).tobytes()], tags | named)


def tiff(pages: Sequence[Page], *, order: Literal["<", ">"] = "<", big: bool = False) -> bytes:
    """A file of these pages, one after the other; a page's data stands before its IFD."""
    start = {"<": b"II", ">": b"MM"}[order]
    head = struct.pack(f"{order}HHHQ", 43, 8, 0, 0) if big else struct.pack(f"{order}HI", 42, 0)
    out = bytearray(start + head)
    link = len(out) - (8 if big else 4)
    for each in pages:
        place, link_after = _append(out, each, order, big=big)
        struct.pack_into(f"{order}{'Q' if big else 'I'}", out, link, place)
        link = link_after
    return bytes(out)


def _append(out: bytearray, each: Page, order: str, *, big: bool) -> tuple[int, int]:
    """Write a page's data and IFD; returns the places of the IFD and of its link to the next."""
    subs = [_append(out, sub, order, big=big)[0] for sub in each.sub]
    offsets = []
    for strip in each.strips:
        out += bytes(len(out) % 2)
        offsets.append(len(out))
        out += strip
    where, sizes = (TILES, TILE_BYTES) if each.tiled else (STRIPS, STRIP_BYTES)
    found: dict[int, int | Sequence[int]] = {where: offsets, sizes: [len(strip) for strip in each.strips]}
    tags = found | ({SUB_IFDS: subs} if subs else {}) | dict(each.tags)
    entries = []
    room = 8 if big else 4
    for tag, value in sorted(tags.items()):
        values = [value] if isinstance(value, int) else list(value)
        kind, form = (4, "I") if tag in LONG else (3, "H")
        content = struct.pack(f"{order}{len(values)}{form}", *values)
        if len(content) > room:
            out += bytes(len(out) % 2)
            content, outside = struct.pack(f"{order}{'Q' if big else 'I'}", len(out)), content
            out += outside
        entries.append(
            struct.pack(f"{order}HH{'Q' if big else 'I'}", tag, kind, len(values)) + content.ljust(room, b"\0")
        )
    out += bytes(len(out) % 2)
    place = len(out)
    out += struct.pack(f"{order}{'Q' if big else 'H'}", len(entries)) + b"".join(entries)
    link = len(out)
    out += bytes(room)
    return place, link
