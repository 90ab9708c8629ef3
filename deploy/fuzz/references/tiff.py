"""TIFF read by the standard's words (TIFF 6.0): strict about directories and the length of every strip and tile."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from deploy.fuzz.encodings import tiff_bytes as tag
from deploy.fuzz.encodings.jpeg_bytes import APP0, APP14, segments
from deploy.fuzz.references.lzw import lzw
from deploy.fuzz.references.reading import Damage, Reading, Unread, turned, unpacked

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
FORMS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 18: "Q"}
MOST_VALUES = 1 << 20
JPEG_TABLES, NEW_JPEG = 347, 7
WITH_PREDICTOR = (5, 8, 32946, 50000)
"""LZW, deflate and zstd: others have none, whatever the tag says."""
KNOWN = frozenset(value for name, value in vars(tag).items() if name.isupper() and isinstance(value, int)) - {
    tag.SUB_FILE
}
"""The tags that say what the pixels are."""


@dataclass(frozen=True)
class File:
    """The bytes and how their numbers are written."""

    data: bytes
    order: str
    big: bool

    def number(self, form: str, place: int) -> int:
        """One number; Damage where the file has ended."""
        if not 0 <= place <= len(self.data) - struct.calcsize(f"{self.order}{form}"):
            raise Damage("a number beyond the end")
        return int(struct.unpack_from(f"{self.order}{form}", self.data, place)[0])


Tags = dict[int, list[int]]


def read(data: bytes) -> Reading:
    """Decode one TIFF.

    Raises:
        Damage: if a directory, strip or tile is not as the standard has it.
        Unread: if it has several pages, or is of a kind that this reader does not know.
    """
    file = _file(data)
    tags, following = _directory(file)
    if following:
        raise Unread("several pages")
    if set(_values(tags, tag.SAMPLE_FORMAT, [1])) != {1}:
        raise Unread("numbers that are not unsigned")
    depths = _values(tags, tag.BITS, [1])
    samples = _one(tags, tag.SAMPLES, 1)
    depth = depths[0]
    if set(depths) != {depth} or depth not in (1, 2, 4, 8, 10, 12, 14, 16) or not 1 <= samples <= 6:  # noqa: PLR2004
        raise Unread("bits or samples")
    width, height = _one(tags, tag.WIDTH, 0), _one(tags, tag.LENGTH, 0)
    if not width or not height:
        raise Damage("size")
    if width * height > 1 << 24:
        raise Unread("a very large picture")
    planes = _one(tags, tag.PLANAR, 1)
    if planes not in (1, 2):
        raise Damage("planar configuration")
    lossy = _one(tags, tag.COMPRESSION, 1) == NEW_JPEG
    if planes == 1 or samples == 1:
        stored = _plane(file, tags, (height, width, samples), depth, 0, 1)
    else:
        each = [_plane(file, tags, (height, width, 1), depth, index, samples) for index in range(samples)]
        stored = np.concatenate(each, axis=-1)
    pixels = turned(_meant(stored, tags, depth), _one(tags, tag.ORIENTATION, 1))
    return Reading(pixels, 40, 2.0) if lossy else Reading(pixels)


def _file(data: bytes) -> File:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:  # noqa: PLR2004 - a header
        raise Damage("header")
    version = struct.unpack_from(f"{order}H", data, 2)[0]
    if version not in (42, 43):
        raise Damage("version")
    return File(data, order, big=version == 43)  # noqa: PLR2004 - BigTIFF


def _directory(file: File) -> tuple[Tags, int]:
    """The tags of the first directory, and the offset of the next."""
    start = file.number("Q" if file.big else "I", 8 if file.big else 4)
    count = file.number("Q" if file.big else "H", start)
    step, room, first = (20, 8, start + 8) if file.big else (12, 4, start + 2)
    if count > 1000:  # noqa: PLR2004 - no picture needs more
        raise Damage("a directory without end")
    tags: Tags = {}
    for place in range(first, first + step * count, step):
        name, kind = file.number("H", place), file.number("H", place + 2)
        values = file.number("Q" if file.big else "I", place + 4)
        where = place + (12 if file.big else 8)
        if name in tags and name in KNOWN:
            raise Damage("a tag twice")  # readers do not agree which of them counts
        if kind not in SIZES:
            continue
        if values * SIZES[kind] > room:
            where = file.number("Q" if file.big else "I", where)
        if kind in FORMS and values <= MOST_VALUES and where + values * SIZES[kind] <= len(file.data):
            tags[name] = [file.number(FORMS[kind], where + i * SIZES[kind]) for i in range(values)]
        elif kind == 7 and where + values <= len(file.data):  # noqa: PLR2004 - undefined bytes
            tags[name] = list(file.data[where : where + values])
    return tags, file.number("Q" if file.big else "I", first + step * count)


def _values(tags: Tags, name: int, default: list[int]) -> list[int]:
    return tags.get(name) or default


def _one(tags: Tags, name: int, default: int) -> int:
    return _values(tags, name, [default])[0]


def _plane(file: File, tags: Tags, shape: tuple[int, int, int], depth: int, plane: int, planes: int) -> NDArray[Any]:
    """The samples [h, w, n] of all planes together, or of one."""
    height, width, samples = shape
    tiled = tag.TILES in tags or tag.TILE_WIDTH in tags
    across, down = (_one(tags, tag.TILE_WIDTH, 0), _one(tags, tag.TILE_LENGTH, 0)) if tiled else (width, 0)
    down = down if tiled else min(_one(tags, tag.ROWS, height), height)
    if across <= 0 or down <= 0 or across * down > 1 << 24:
        raise Damage("tiles or strips")
    columns, rows = -(-width // across), -(-height // down)
    offsets, sizes = (
        _values(tags, each, []) for each in ((tag.TILES, tag.TILE_BYTES) if tiled else (tag.STRIPS, tag.STRIP_BYTES))
    )
    if len(offsets) < columns * rows * planes or len(sizes) < columns * rows * planes:
        raise Damage("too few tiles or strips")
    out = np.zeros((rows * down, columns * across, samples), np.uint8 if depth <= 8 else np.uint16)  # noqa: PLR2004
    for index in range(columns * rows):
        row, column = divmod(index, columns)
        which = plane * columns * rows + index
        lines = down if tiled else min(down, height - row * down)
        content = file.data[offsets[which] : offsets[which] + sizes[which]]
        if len(content) < sizes[which] or offsets[which] < 8:  # noqa: PLR2004 - the header
            raise Damage("a tile or strip beyond the end")
        block = _block(content, file, tags, (lines, across, samples), depth)
        out[row * down : row * down + lines, column * across : (column + 1) * across] = block
    return out[:height, :width]


def _block(content: bytes, file: File, tags: Tags, shape: tuple[int, int, int], depth: int) -> NDArray[Any]:
    """The samples of one tile or strip."""
    lines, across, samples = shape
    step = (across * samples * depth + 7) // 8
    if _one(tags, tag.FILL_ORDER, 1) == 2:  # noqa: PLR2004 - low bits first
        content = bytes(imagecodecs.bitorder_decode(content))
    if _one(tags, tag.COMPRESSION, 1) == NEW_JPEG:
        return _jpeg(content, tags, shape)
    raw = _decompressed(content, _one(tags, tag.COMPRESSION, 1), step * lines)
    if len(raw) < step * lines:
        raise Damage("a tile or strip with too little in it")
    table = np.frombuffer(raw, np.uint8, step * lines).reshape(lines, step)
    if depth == 16:  # noqa: PLR2004 - whole words
        found: NDArray[Any] = table.view(f"{file.order}u2").astype(np.uint16)
    else:
        found = unpacked(table, depth, across * samples)
    found = found.reshape(shape)
    predictor = _one(tags, tag.PREDICTOR, 1) if _one(tags, tag.COMPRESSION, 1) in WITH_PREDICTOR else 1
    if predictor == 2 and depth in (8, 16):  # noqa: PLR2004 - differences
        found = np.cumsum(found, axis=1, dtype=found.dtype)
    elif predictor != 1:
        raise Unread(f"predictor {predictor}")
    return found


def _decompressed(content: bytes, compression: int, size: int) -> bytes:
    try:
        if compression == 1:
            return content
        if compression == 5:  # noqa: PLR2004 - LZW
            return lzw(content, size)
        if compression in (8, 32946):
            return zlib.decompressobj().decompress(content, size)
        if compression == 32773:  # noqa: PLR2004 - PackBits
            return _packbits(content, size)
        if compression == 50000:  # noqa: PLR2004 - zstd
            return bytes(imagecodecs.zstd_decode(content, out=size))
    except (RuntimeError, ValueError, zlib.error) as error:
        raise Damage(f"compressed data: {error}") from error
    raise Unread(f"compression {compression}")


def _packbits(content: bytes, size: int) -> bytes:
    """Section 9; what the content has beyond `size` is left where it is."""
    out, place = bytearray(), 0
    while len(out) < size and place < len(content):
        head = content[place]
        if head < 128:  # noqa: PLR2004 - so many bytes as they are
            out += content[place + 1 : place + 2 + head]
            place += 2 + head
        else:
            out += content[place + 1 : place + 2] * (257 - head) if head > 128 else b""  # noqa: PLR2004 - one byte, repeated
            place += 2 if head > 128 else 1  # noqa: PLR2004 - 128 says nothing
    return bytes(out[:size])


def _jpeg(content: bytes, tags: Tags, shape: tuple[int, int, int]) -> NDArray[Any]:
    photometric = _one(tags, tag.PHOTOMETRIC, 0)
    tables = bytes(_values(tags, JPEG_TABLES, [])) or None
    spaces = {1: (None, None), 2: ("rgb", "rgb"), 6: ("ycbcr", "rgb")}
    if photometric not in spaces:
        raise Unread(f"JPEG of interpretation {photometric}")
    inside, outside = spaces[photometric]
    if shape[2] > 1 and any(each is not (photometric == 6) for each in _said(content)):  # noqa: PLR2004 - YCbCr
        raise Damage("JPEG of other colours")
    try:
        found = imagecodecs.jpeg8_decode(content, tables=tables, colorspace=inside, outcolorspace=outside)
    except (RuntimeError, ValueError) as error:
        raise Damage(f"JPEG: {error}") from error
    if found.dtype != np.uint8 or found.size < np.prod(shape):
        raise Damage("JPEG of another size")
    return np.asarray(found).reshape(*found.shape[:2], -1)[: shape[0], : shape[1], : shape[2]].reshape(shape)


def _said(content: bytes) -> Iterator[bool]:
    """Whether the colours are YCbCr, by each marker of a JPEG that says so or not."""
    for part in segments(content):
        if part.marker == APP0 and part.content.startswith(b"JFIF"):
            yield True
        if part.marker == APP14 and part.content.startswith(b"Adobe"):
            yield part.content[11:12] != b"\0"


def _meant(stored: NDArray[Any], tags: Tags, depth: int) -> NDArray[Any]:
    """Grey or RGB as the photometric interpretation has it, alpha and other extra samples dropped."""
    if tag.PHOTOMETRIC not in tags:
        raise Damage("no photometric interpretation")
    photometric = _one(tags, tag.PHOTOMETRIC, 0)
    channels = stored.shape[2]
    if photometric == 6 and _one(tags, tag.COMPRESSION, 1) == NEW_JPEG:  # noqa: PLR2004 - YCbCr, made RGB by the codec
        photometric = 2
    if photometric in (0, 1):
        grey = stored[..., 0]
        white = (1 << depth) - 1
        if photometric == 0:
            grey = (white - grey).astype(grey.dtype)
        return grey * np.uint8(255 // white) if depth < 8 else grey  # noqa: PLR2004 - a byte
    if photometric == 2:  # noqa: PLR2004 - RGB
        if channels < 3 or depth < 8:  # noqa: PLR2004
            raise Damage("RGB of fewer samples") if channels < 3 else Unread("RGB of few bits")  # noqa: PLR2004
        return stored[..., :3]
    if photometric == 3 and depth <= 8:  # noqa: PLR2004 - a palette
        table = np.array(_values(tags, tag.COLOUR_MAP, []), np.int64)
        if len(table) < 3 << depth:
            raise Damage("palette")
        colours = (table[: 3 << depth].reshape(3, -1).T >> 8).astype(np.uint8)
        found: NDArray[Any] = colours[stored[..., 0]]
        return found
    if photometric == 5 and depth == 8 and channels == 4:  # noqa: PLR2004 - CMYK, without a profile
        light = 255 - stored.astype(np.uint16)
        return (light[..., :3] * light[..., 3:] // 255).astype(np.uint8)
    raise Unread(f"interpretation {photometric}")
