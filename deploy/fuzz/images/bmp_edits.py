"""Edits of a BMP's headers, palette, masks and lines."""

import struct

from deploy.fuzz.dice import Dice
from deploy.fuzz.images import any_bytes

FIELDS = {2: "I", 10: "I", 14: "I", 18: "i", 22: "i", 26: "H", 28: "H", 30: "I", 34: "I", 46: "I", 50: "I",
          54: "I", 58: "I", 62: "I", 66: "I"}  # fmt: skip
"""Places of the numbers in BITMAPFILEHEADER, BITMAPINFOHEADER and the masks of its successors."""
LIKELY = {
    14: (12, 16, 40, 52, 56, 64, 108, 124),
    22: (-56, -1, 1, 55, 57, 100),
    28: (0, 1, 2, 4, 8, 16, 24, 32, 64),
    30: tuple(range(8)),
    46: (0, 1, 2, 16, 255, 256, 257),
}


def edit(data: bytes, other: bytes, dice: Dice) -> bytes:
    """One edit."""
    how = dice.below(4)
    if how == 0 and len(data) > 54:  # noqa: PLR2004 - has lines
        (start,) = struct.unpack_from("<I", data, 10)
        place = min(max(start, 54), len(data))
        return data[:place] + any_bytes.edit(data[place:], other, dice)
    if how == 1 and len(data) > 54:  # noqa: PLR2004 - has a palette or masks
        return data[:54] + any_bytes.edit(data[54:130], other, dice)[:76] + data[130:]
    out = bytearray(data)
    for _ in range(dice.between(1, 2)):
        place = dice.pick(tuple(FIELDS))
        form = f"<{FIELDS[place]}"
        size = struct.calcsize(form)
        likely = place in LIKELY and dice.chance(0.7)
        value = dice.pick(LIKELY[place]) if likely else dice.number(size)
        if place + size <= len(out):
            out[place : place + size] = (value % (1 << (8 * size))).to_bytes(size, "little")
    return bytes(out)
