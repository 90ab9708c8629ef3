"""TIFF tags: the first directory of a file, without its pixels.

Source: Adobe, TIFF revision 6.0, section 2 and appendix A.
"""

import re
import struct
from dataclasses import dataclass
from enum import IntEnum

from service.scoring.formats.refusals import damaged, unsupported

MOST_ENTRIES = 1024
MOST_VALUES = 3 << 16
"""Of one tag: a colour map of 16 bits, or as many strips."""

_DESCRIPTION = 270
_STACK = re.compile(rb"ImageJ=[^\n]*\nimages=(\d{1,9})\n")
_TYPES = {1: "B", 3: "H", 4: "I", 7: "B"}
"""Type codes of bytes, shorts, longs and undefined bytes; the tags that we read have no others."""
_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Of one value, by type code; the others have one."""


class Tag(IntEnum):
    """The tags that decide what the pixels are."""

    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    CHANNELS = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTES = 279
    PLANAR = 284
    PREDICTOR = 317
    COLOUR_MAP = 320
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTES = 325
    INK_SET = 332
    EXTRA_CHANNELS = 338
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347


@dataclass(frozen=True, slots=True)
class Directory:
    """The values of the tags that a file has."""

    values: dict[int, tuple[int, ...]]
    end: int
    """Where the tags end, and what they hold beside them."""

    def one(self, tag: Tag, default: int | None = None) -> int:
        """The first value of a tag.

        Raises:
            ImageRejected: if there is neither a value nor a default.
        """
        values = self.values.get(tag)
        if values:
            return values[0]
        if default is None:
            raise damaged(f"a TIFF without tag {tag.value} ({tag.name.lower()})")
        return default

    def all(self, tag: Tag) -> tuple[int, ...]:
        return self.values.get(tag, ())


def read_directory(data: bytes) -> Directory:
    """Read the tags of a TIFF with one page.

    Raises:
        ImageRejected: `unsupported_format` if there is a second page, `undecodable` if tags lie beyond the file.
    """
    order = "<" if data.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
        if count > MOST_ENTRIES:
            raise unsupported(f"a TIFF of {count} tags")
        values: dict[int, tuple[int, ...]] = {}
        end = start + 2 + 12 * count + 4
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number = struct.unpack_from(order + "HHI", data, entry)
            if tag in values:  # readers do not agree which of them counts
                raise damaged(f"a TIFF with tag {tag} twice")
            if tag == _DESCRIPTION:
                _check_pictures(data, struct.unpack_from(order + "I", data, entry + 8)[0])
            if tag in set(Tag):
                values[tag] = _values(data, order, entry, kind, number)
            size = number * _BYTES.get(kind, 1)
            if size > 4:  # bytes in the entry itself
                end = max(end, struct.unpack_from(order + "I", data, entry + 8)[0] + size)
        (following,) = struct.unpack_from(order + "I", data, start + 2 + 12 * count)
    except struct.error as error:
        raise damaged("a TIFF whose tags lie beyond its end") from error
    if following:  # one look: a file can have thousands
        raise unsupported("a TIFF of several pages", "one image a message")
    return Directory(values, end)


def _check_pictures(data: bytes, start: int) -> None:
    """Refuse a stack of ImageJ, whose one directory describes the first of several pictures."""
    stack = _STACK.match(data[start : start + 200])
    if stack and int(stack[1]) > 1:
        raise unsupported(f"a TIFF of {int(stack[1])} pictures (a stack of ImageJ)", "one image a message")


def _values(data: bytes, order: str, entry: int, kind: int, number: int) -> tuple[int, ...]:
    code = _TYPES.get(kind)
    if code is None or number > MOST_VALUES:
        raise unsupported(f"a TIFF tag of type {kind} with {number} values")
    form = f"{order}{number}{code}"
    place = entry + 8
    if struct.calcsize(form) > 4:
        (place,) = struct.unpack_from(order + "I", data, place)
    return struct.unpack_from(form, data, place)
