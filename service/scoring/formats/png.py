"""PNG: what its chunks promise, and its pixels by Pillow, which reports damage.

Source: W3C Portable Network Graphics, third edition, 5 (chunks) and 11 (IHDR, PLTE, IDAT, IEND).
"""

import struct
import zlib
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from service.scoring.formats.orientation import orientation_of, upright
from service.scoring.formats.pillow import stored, wide_colour
from service.scoring.formats.refusals import check_alone, check_pixels, damaged, unsupported
from service.scoring.image import ImageLimits, Pixels

MOST_CHUNKS = 65_536
SIGNATURE = b"\x89PNG\r\n\x1a\n"

_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
"""Bits per channel that each colour type may have."""
_GREY, _RGB, _PALETTE, _GREY_WITH_ALPHA, _RGB_WITH_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_WITH_ALPHA: 2, _RGB_WITH_ALPHA: 4}
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Of each pass of an interlaced image the first row and column, and the steps to the next ones."""
_ZLIB_HEADER, _BLOCK = b"\x78\x01", 0xFFFF
"""Of a stream that is not compressed (RFC 1950, 1951), and how many bytes a block of it holds."""


@dataclass(slots=True)
class Chunks:
    """What the chunks hold that make the pixels, and the EXIF data."""

    header: bytes = b""
    palette: bytes = b""
    data: list[memoryview] = field(default_factory=list)
    exif: bytes = b""

    @property
    def depth(self) -> int:
        """Bits per channel."""
        return self.header[8]

    @property
    def colour(self) -> int:
        """The colour type."""
        return self.header[9]


def read_png(data: bytes, limits: ImageLimits) -> Pixels:
    """Decode one PNG: uint8 or uint16, [h, w] or RGB [h, w, 3], upright by its EXIF data.

    The decoder sees a header and the data alone: what else a file holds neither changes its pixels nor costs anything.

    Raises:
        ImageRejected: with reason `too_large`, `unsupported_format` or `undecodable`.
    """
    chunks = walk_chunks(data, limits)
    pixels = np.ascontiguousarray(_wide(chunks) if chunks.depth == 16 else _narrow(chunks))
    return upright(cast(Pixels, pixels), orientation_of(chunks.exif))


def _narrow(chunks: Chunks) -> Pixels:
    """Of up to 8 bits."""
    pixels: NDArray[np.uint8] = stored(_plain(chunks), "PNG")
    match chunks.colour:
        case 3:  # a palette
            table = np.zeros((256, 3), np.uint8)  # a colour that is none is black
            table.reshape(-1)[: len(chunks.palette)] = np.frombuffer(chunks.palette, np.uint8)
            return table[pixels]
        case 4:  # grey with alpha
            return pixels[..., 0]
        case 6:  # RGB with alpha
            return pixels[..., :3]
        case _:
            return pixels


def _wide(chunks: Chunks) -> Pixels:
    """Of 16 bits."""
    if chunks.colour == _GREY:
        return stored(_plain(chunks), "PNG")
    if chunks.colour == _GREY_WITH_ALPHA:  # as many bytes a pixel as RGBA of 8 bits has, and filters know bytes alone
        as_bytes = stored(_plain(chunks, depth=8, colour=_RGB_WITH_ALPHA), "PNG")
        return np.ascontiguousarray(as_bytes[..., :2]).view(">u2")[..., 0].astype(np.uint16)
    return wide_colour(_plain(chunks), "PNG")


def _plain(chunks: Chunks, depth: int | None = None, colour: int | None = None) -> bytes:
    """A PNG of the same lines, not compressed, and the same palette."""
    depth, colour = depth or chunks.depth, colour or chunks.colour
    header = chunks.header[:8] + bytes([depth, colour]) + chunks.header[10:]
    palette = [_chunk(b"PLTE", chunks.palette)] if colour == _PALETTE else []
    lines = memoryview(_inflated(chunks))
    blocks: list[bytes | memoryview] = [_ZLIB_HEADER]
    for at in range(0, len(lines), _BLOCK):
        block = lines[at : at + _BLOCK]
        blocks += [struct.pack("<BHH", at + _BLOCK >= len(lines), len(block), len(block) ^ 0xFFFF), block]
    blocks.append(struct.pack(">I", zlib.adler32(lines)))
    start = [SIGNATURE, _chunk(b"IHDR", header), *palette, struct.pack(">I4s", sum(map(len, blocks)), b"IDAT")]
    return b"".join([*start, *blocks, bytes(4), _chunk(b"IEND", b"")])  # nobody reads the checksum of this data


def _inflated(chunks: Chunks) -> bytes:
    """The lines of all passes, each with its filter: Pillow would accept too few, and any checksum behind them."""
    stream, need = zlib.decompressobj(), _size_of_lines(chunks)
    try:
        lines = stream.decompress(b"".join(chunks.data), need)
        more = stream.decompress(stream.unconsumed_tail, 1)  # reads the checksum, if the lines end there
    except zlib.error as error:
        raise damaged(f"PNG data that cannot be decoded ({error})") from error
    if len(lines) < need or not (more or stream.eof):
        raise damaged("a PNG with fewer pixels than its header says")
    return lines


def _size_of_lines(chunks: Chunks) -> int:
    width, height = struct.unpack(">II", chunks.header[:8])
    bits = chunks.depth * _CHANNELS[chunks.colour]
    passes = _ADAM7 if chunks.header[12] else ((0, 0, 1, 1),)
    sides = ((-(-(height - top) // down), -(-(width - left) // right)) for top, left, down, right in passes)
    return sum(rows * (1 + (columns * bits + 7) // 8) for rows, columns in sides if rows > 0 and columns > 0)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", zlib.crc32(kind + content))


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
    content = chunk[8:-4]
    if kind == b"IHDR" and not before:
        chunks.header = bytes(content)
    elif kind == b"PLTE" and not chunks.data and not chunks.palette:
        if len(content) % 3 or not 0 < len(content) <= 3 << 8:
            raise damaged("a PNG with an impossible palette")
        chunks.palette = bytes(content)
    elif kind == b"IDAT" and (before == kind or not chunks.data):
        if chunks.colour == _PALETTE and not chunks.palette:
            raise damaged("a PNG without its palette")
        chunks.data.append(content)
    elif kind in (b"IHDR", b"PLTE", b"IDAT"):
        raise damaged("a PNG with chunks out of order")
    elif kind == b"eXIf" and not chunks.exif:
        chunks.exif = bytes(content)
    elif not kind[0] & 0x20 and kind != b"IEND":  # an upper-case first letter: the pixels cannot be known without it
        raise unsupported(f"a PNG with the unknown critical chunk {_name(kind)}")


def _name(kind: bytes) -> str:
    return kind.decode("ascii", "backslashreplace") if kind.isalpha() else kind.hex()
