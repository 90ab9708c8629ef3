"""PNG read by the standard's words: strict about chunks, CRCs and the length of the data (RFC 2083)."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deploy.fuzz.encodings.png_bytes import ADAM7, GREY, GREY_ALPHA, PALETTE, RGB, RGBA, SIGNATURE
from deploy.fuzz.references.reading import Damage, Reading, Unread, turned, unpacked

CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}


def read(data: bytes) -> Reading:
    """Decode one PNG.

    Raises:
        Damage: if it breaks the standard.
        Unread: if it holds several pictures, or a very large one.
    """
    chunks, after = _chunks(data)
    kinds = [kind for kind, _ in chunks]
    width, height, depth, colour_type, interlaced = _header(chunks)
    if b"acTL" in kinds or SIGNATURE in after:
        raise Unread("several pictures")
    palette = next((content for kind, content in chunks if kind == b"PLTE"), b"")
    first, last = kinds.index(b"IDAT"), len(kinds) - 1 - kinds[::-1].index(b"IDAT")
    if set(kinds[first : last + 1]) != {b"IDAT"}:
        raise Damage("data chunks apart")
    if colour_type == PALETTE and b"PLTE" not in kinds[:first]:
        raise Damage("no palette")
    channels = CHANNELS[colour_type]
    samples = np.zeros((height, width, channels), np.uint16 if depth == 16 else np.uint8)  # noqa: PLR2004 - bits
    passes = [samples[y::dy, x::dx] for y, x, dy, dx in (ADAM7 if interlaced else ((0, 0, 1, 1),))]
    need = sum(part.shape[0] * (1 + (part.shape[1] * channels * depth + 7) // 8) for part in passes if part.size)
    lines = _inflated(b"".join(content for kind, content in chunks if kind == b"IDAT"), need)
    for part in passes:
        if part.size:
            taken, lines = _lines(lines, part.shape[0], part.shape[1] * channels, depth, channels)
            part[:] = taken.reshape(part.shape)
    return Reading(turned(_meant(samples, depth, colour_type, palette), _orientation(chunks)))


def _chunks(data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The chunks up to the end, and what follows it."""
    if not data.startswith(SIGNATURE):
        raise Damage("no signature")
    place = len(SIGNATURE)
    found: list[tuple[bytes, bytes]] = []
    while not found or found[-1][0] != b"IEND":
        if place + 12 > len(data):
            raise Damage("cut off")
        (length,) = struct.unpack_from(">I", data, place)
        body = data[place + 4 : place + 8 + length]
        if len(body) < 4 + length or place + 12 + length > len(data):
            raise Damage("cut off")
        (crc,) = struct.unpack_from(">I", data, place + 8 + length)
        known = body[:4] in (b"IHDR", b"PLTE", b"IDAT", b"IEND")
        if crc != zlib.crc32(body) and not body[0] & 0x20:
            raise Damage(f"CRC of {body[:4]!r}")
        if not known and not body[0] & 0x20:
            raise Damage(f"unknown critical chunk {body[:4]!r}")
        if crc == zlib.crc32(body):
            found.append((body[:4], body[4:]))
        place += 12 + length
    return found, data[place:]


def _header(chunks: list[tuple[bytes, bytes]]) -> tuple[int, int, int, int, bool]:
    kinds = [kind for kind, _ in chunks]
    if kinds[0] != b"IHDR" or kinds.count(b"IHDR") > 1 or len(chunks[0][1]) != 13:  # noqa: PLR2004 - its size
        raise Damage("header")
    width, height, depth, colour_type, compression, method, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31 or depth not in DEPTHS.get(colour_type, ()):
        raise Damage("header")
    if compression or method or interlace > 1 or b"IDAT" not in kinds:
        raise Damage("header")
    if width * height > 1 << 24:
        raise Unread("a very large picture")
    return width, height, depth, colour_type, bool(interlace)


def _inflated(data: bytes, need: int) -> bytes:
    """As many bytes of lines as there must be. What follows them, and zlib's check value, is no part of the picture."""
    if len(data) < 2 or data[0] & 15 != 8 or int.from_bytes(data[:2]) % 31 or data[1] & 32:  # noqa: PLR2004 - RFC 1950
        raise Damage("zlib header")
    stream = zlib.decompressobj(wbits=-15)
    try:
        return stream.decompress(data[2:], need)
    except zlib.error as error:
        raise Damage(str(error)) from error


def _lines(data: bytes, height: int, count: int, depth: int, channels: int) -> tuple[NDArray[Any], bytes]:
    """The samples of one pass [height, count], and the data after it."""
    size = (count * depth + 7) // 8
    if len(data) < height * (size + 1):
        raise Damage("too few lines")
    step = max(1, channels * depth // 8)
    above, rows = np.zeros(size, np.uint8), []
    for index in range(height):
        start = index * (size + 1)
        above = _unfiltered(data[start], np.frombuffer(data, np.uint8, size, start + 1), above, step)
        rows.append(above)
    stacked = np.stack(rows)
    samples = stacked.view(">u2").astype(np.uint16) if depth == 16 else unpacked(stacked, depth, count)  # noqa: PLR2004
    return samples, data[height * (size + 1) :]


def _unfiltered(kind: int, line: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    if kind == 0:
        return line
    if kind == 2:  # noqa: PLR2004 - Up
        return line + above
    if kind == 1:
        padded = np.pad(line, (0, -len(line) % step)).reshape(-1, step)
        return np.cumsum(padded, axis=0, dtype=np.uint8).ravel()[: len(line)]
    if kind not in (3, 4):
        raise Damage(f"filter {kind}")
    out, up = bytearray(line.tobytes()), above.tobytes()
    for index in range(len(out)):
        left = out[index - step] if index >= step else 0
        corner = up[index - step] if index >= step else 0
        guess = (left + up[index]) // 2 if kind == 3 else _paeth(left, up[index], corner)  # noqa: PLR2004 - Average
        out[index] = (out[index] + guess) & 0xFF
    return np.frombuffer(bytes(out), np.uint8)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))


def _meant(samples: NDArray[Any], depth: int, colour_type: int, palette: bytes) -> NDArray[Any]:
    """Grey or RGB: palettes expanded, low depths at full scale, alpha dropped."""
    if colour_type == PALETTE:
        if len(palette) % 3 or not 0 < len(palette) <= 768:  # noqa: PLR2004 - 256 colours
            raise Damage("palette")
        table = np.frombuffer(palette.ljust(768, b"\0"), np.uint8).reshape(
            256, 3
        )  # beyond its end: black, as libpng has it
        found: NDArray[Any] = table[samples[..., 0]]
        return found
    if depth < 8:  # noqa: PLR2004 - a byte
        samples = samples * np.uint8(255 // ((1 << depth) - 1))
    return samples[..., :3] if colour_type in (RGB, RGBA) else samples[..., 0]


def _orientation(chunks: list[tuple[bytes, bytes]]) -> int:
    content = next((content for kind, content in chunks if kind == b"eXIf"), b"")
    return exif_orientation(content)


def exif_orientation(content: bytes) -> int:
    """Of EXIF data without its JPEG prefix; 1 where there is none that can be read."""
    exif = Image.Exif()
    try:
        exif.load(io.BytesIO(content).read())
        value = exif.get(0x0112, 1)
    except Exception:  # noqa: BLE001 - Pillow raises anything on broken EXIF
        return 1
    return value if isinstance(value, int) else 1
