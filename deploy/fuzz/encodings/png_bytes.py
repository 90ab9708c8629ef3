"""Writing PNG by hand: every colour type and bit depth, interlaced, any order of chunks, right or wrong (RFC 2083)."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from itertools import starmap

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Of each pass: first row, first column, step down, step right."""

Chunk = tuple[bytes, bytes]
"""Type and content."""


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """A chunk with its length and CRC."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def file_of(chunks: Iterable[Chunk]) -> bytes:
    """A file of these chunks."""
    return SIGNATURE + b"".join(starmap(chunk, chunks))


def header(width: int, height: int, depth: int, colour_type: int, *, interlaced: bool = False) -> Chunk:
    """The IHDR chunk."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))


def png(
    samples: NDArray[np.integer],
    depth: int,
    colour_type: int,
    *,
    interlaced: bool = False,
    before: Sequence[Chunk] = (),
    line_filter: int = 0,
) -> bytes:
    """A whole file from samples [h, w] or [h, w, channels] of `depth` bits; `before` goes between IHDR and IDAT."""
    height, width = samples.shape[:2]
    data = zlib.compress(scanlines(samples, depth, interlaced=interlaced, line_filter=line_filter))
    first = header(width, height, depth, colour_type, interlaced=interlaced)
    return file_of([first, *before, (b"IDAT", data), (b"IEND", b"")])


def scanlines(samples: NDArray[np.integer], depth: int, *, interlaced: bool = False, line_filter: int = 0) -> bytes:
    """The filtered lines, not yet compressed, of all passes; filter 1 (Sub) needs samples of whole bytes."""
    cube = samples.reshape(*samples.shape[:2], -1)
    passes = [cube[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlaced else [cube]
    return b"".join(_lines(each, depth, line_filter) for each in passes if each.size)


def _lines(cube: NDArray[np.integer], depth: int, line_filter: int) -> bytes:
    packed = pack(cube.reshape(cube.shape[0], -1), depth)
    if line_filter == 1:
        step = cube.shape[2] * depth // 8
        packed[:, step:] = packed[:, step:] - packed[:, :-step]  # modulo 256, as the standard has it
    marked = np.concatenate([np.full((len(packed), 1), line_filter, np.uint8), packed], axis=1)
    return marked.tobytes()


def pack(lines: NDArray[np.integer], depth: int) -> NDArray[np.uint8]:
    """Samples [lines, n] as bytes [lines, ⌈n·depth/8⌉], the first in the highest bits, each line from a new byte."""
    wide = lines.astype(np.uint32)
    bits = (wide[..., np.newaxis] >> np.arange(depth - 1, -1, -1, dtype=np.uint32)) & 1
    return np.packbits(bits.reshape(len(lines), -1).astype(np.uint8), axis=1)
