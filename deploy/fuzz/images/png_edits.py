"""Edits of a PNG's chunks, of its lines before compression, and of its compressed data."""

import struct
import zlib
from collections.abc import Iterator

from deploy.fuzz.dice import Dice
from deploy.fuzz.encodings.png_bytes import SIGNATURE, Chunk, file_of
from deploy.fuzz.images import any_bytes


def edit(data: bytes, other: bytes, dice: Dice) -> bytes:
    """One edit; the chunks' CRCs are right again afterwards, or a reader would look no further."""
    found = list(chunks(data))
    if not found:
        return any_bytes.edit(data, other, dice)
    edits = (_order, _header, _header, _content, _lines, _lines, _compressed, _split, _extra, _wrong)
    return dice.pick(edits)(found, other, dice)


def chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks of a file as far as they can be told apart; their CRCs are not looked at."""
    place = len(SIGNATURE)
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += 12 + length


def _order(found: list[Chunk], other: bytes, dice: Dice) -> bytes:
    index = dice.below(len(found))
    kept = found[:index] + found[index + 1 :]
    more = {0: [], 1: [found[index], found[index]], 2: [dice.pick(list(chunks(other)) or found)]}
    place = dice.below(len(kept) + 1)
    return file_of(kept[:place] + more.get(dice.below(4), [found[index]]) + kept[place:])


def _header(found: list[Chunk], _: bytes, dice: Dice) -> bytes:
    """Another size, bit depth, colour type, compression, filter or interlace method."""
    content = bytearray(found[0][1].ljust(13, b"\0"))
    place, size = dice.pick(((0, 4), (4, 4), (8, 1), (9, 1), (10, 1), (11, 1), (12, 1)))
    value = dice.pick((0, 1, 2, 3, 4, 6, 8, 16)) if size == 1 else dice.pick((dice.between(1, 300), dice.number(4)))
    content[place : place + size] = value.to_bytes(size)
    return file_of([(b"IHDR", bytes(content)), *found[1:]])


def _content(found: list[Chunk], other: bytes, dice: Dice) -> bytes:
    index = dice.below(len(found))
    kind, content = found[index]
    if dice.chance(0.1):
        kind = dice.pick((b"IDAT", b"PLTE", b"tRNS", b"IEND", b"abCd", b"ABCD", b"fdAT", dice.bytes(4)))
    return file_of([*found[:index], (kind, any_bytes.edit(content, other, dice)), *found[index + 1 :]])


def _lines(found: list[Chunk], other: bytes, dice: Dice) -> bytes:
    """Other lines, well compressed: their filters, their number, their bytes."""
    try:
        lines = zlib.decompress(_data(found))
    except zlib.error:
        return _content(found, other, dice)
    how = dice.below(4)
    if how == 0:
        lines = lines[: dice.below(len(lines))]
    elif how == 1:
        lines += dice.bytes(dice.between(1, 500))
    elif how == 2:  # noqa: PLR2004 - the filter of the first line
        lines = bytes([dice.pick((0, 1, 2, 3, 4, 5, 255))]) + lines[1:]
    else:
        lines = any_bytes.edit(lines, other, dice)
    return _with_data(found, zlib.compress(lines, dice.between(0, 9)))


def _compressed(found: list[Chunk], other: bytes, dice: Dice) -> bytes:
    """Lost, zeroed or other bytes of the compressed data, under right CRCs."""
    data = _data(found)
    if dice.chance(0.2):
        return _with_data(found, data[: dice.below(len(data))])
    return _with_data(found, any_bytes.edit(data, other, dice))


def _split(found: list[Chunk], _: bytes, dice: Dice) -> bytes:
    """The data in several chunks, maybe with another chunk between them."""
    data = _data(found)
    place = dice.below(len(data))
    between: list[Chunk] = [(b"tEXt", b"a\0b")] if dice.chance(0.3) else [(b"IDAT", b"")]
    rest = [each for each in found if each[0] != b"IDAT"]
    return file_of([*rest[:-1], (b"IDAT", data[:place]), *between, (b"IDAT", data[place:]), *rest[-1:]])


def _extra(found: list[Chunk], other: bytes, dice: Dice) -> bytes:
    """One more chunk, or another file after the end."""
    if dice.chance(0.2):
        return file_of(found) + dice.pick((other, dice.bytes(50), bytes(50)))
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes([dice.between(0, 9)]) + bytes(7)
    extra = dice.pick(
        (
            (b"acTL", struct.pack(">II", dice.between(0, 3), 0)),
            (b"tRNS", dice.bytes(dice.pick((1, 2, 6, 256)))),
            (b"PLTE", dice.bytes(3 * dice.between(0, 257))),
            (b"gAMA", dice.number(4).to_bytes(4)),
            (b"eXIf", exif),
            (b"iCCP", b"x\0\0" + zlib.compress(dice.bytes(64))),
            (b"zTXt", b"x\0\0" + zlib.compress(bytes(1 << 16))),
        )
    )
    place = dice.between(1, len(found))
    return file_of([*found[:place], extra, *found[place:]])


def _wrong(found: list[Chunk], _: bytes, dice: Dice) -> bytes:
    """A wrong length or CRC."""
    data = bytearray(file_of(found))
    index = dice.below(len(found))
    start = len(SIGNATURE) + sum(12 + len(content) for _, content in found[:index])
    place = start if dice.chance(0.5) else start + 8 + len(found[index][1])
    data[place : place + 4] = dice.number(4).to_bytes(4)
    return bytes(data)


def _data(found: list[Chunk]) -> bytes:
    return b"".join(content for kind, content in found if kind == b"IDAT")


def _with_data(found: list[Chunk], data: bytes) -> bytes:
    first = next((index for index, (kind, _) in enumerate(found) if kind == b"IDAT"), len(found))
    rest = [each for each in found[first:] if each[0] != b"IDAT"]
    return file_of([*found[:first], (b"IDAT", data), *rest])
