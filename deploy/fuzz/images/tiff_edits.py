"""Edits of a TIFF's directory entries, links and strips."""

import struct
from dataclasses import dataclass

from deploy.fuzz.dice import Dice
from deploy.fuzz.images import any_bytes

TAGS = (
    254,
    256,
    257,
    258,
    259,
    262,
    266,
    273,
    274,
    277,
    278,
    279,
    284,
    317,
    320,
    322,
    323,
    324,
    325,
    330,
    338,
    339,
    347,
)
LIKELY = {
    258: (0, 1, 2, 4, 8, 10, 12, 16, 32),
    259: (1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34925, 50000, 50001),
    262: (0, 1, 2, 3, 4, 5, 6, 8, 32803),
    266: (1, 2),
    274: tuple(range(10)),
    277: (0, 1, 2, 3, 4, 5),
    284: (1, 2),
    317: (1, 2, 3),
    338: (0, 1, 2),
    339: (1, 2, 3, 4),
}
"""Values that mean something else than those in the file."""


@dataclass(frozen=True)
class Directory:
    """Where the entries of a classic TIFF's first directory stand."""

    order: str
    start: int
    entries: int

    def place(self, index: int) -> int:
        """Of one entry."""
        return self.start + 2 + 12 * index

    @property
    def link(self) -> int:
        """Of the offset of the next directory."""
        return self.place(self.entries)


def edit(data: bytes, other: bytes, dice: Dice) -> bytes:
    """One edit."""
    found = directory(data)
    if found is None or found.entries == 0:
        return any_bytes.edit(data, other, dice)
    edits = (_value, _value, _meaning, _meaning, _entry, _pages, _strips, _strips, _shift)
    return dice.pick(edits)(data, found, dice)


def directory(data: bytes) -> Directory | None:
    """The first directory of a classic TIFF; None for BigTIFF and what is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None or len(data) < 8:  # noqa: PLR2004 - the header
        return None
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    if start + 2 > len(data):
        return None
    (entries,) = struct.unpack_from(f"{order}H", data, start)
    return Directory(order, start, entries) if start + 6 + 12 * entries <= len(data) else None


def _value(data: bytes, found: Directory, dice: Dice) -> bytes:
    """Another tag, type, count or value."""
    out = bytearray(data)
    place = found.place(dice.below(found.entries))
    what = dice.pick(("tag", "type", "count", "value", "value", "value"))
    if what == "tag":
        struct.pack_into(f"{found.order}H", out, place, dice.pick(TAGS))
    elif what == "type":
        struct.pack_into(f"{found.order}H", out, place + 2, dice.between(0, 20))
    else:
        struct.pack_into(f"{found.order}I", out, place + (4 if what == "count" else 8), dice.number(4))
    return bytes(out)


def _meaning(data: bytes, found: Directory, dice: Dice) -> bytes:
    """Another value of a tag that says what the pixels mean."""
    out = bytearray(data)
    for index in range(found.entries):
        place = found.place(index)
        (tag,) = struct.unpack_from(f"{found.order}H", data, place)
        if tag in LIKELY and dice.chance(0.25):
            struct.pack_into(f"{found.order}HIHH", out, place + 2, 3, 1, dice.pick(LIKELY[tag]), 0)
    return bytes(out)


def _entry(data: bytes, found: Directory, dice: Dice) -> bytes:
    """An entry lost, twice, or in another's place; what follows the directory keeps its place."""
    entries = [data[found.place(i) : found.place(i + 1)] for i in range(found.entries)]
    index, target = dice.below(len(entries)), dice.below(len(entries))
    if dice.chance(0.5):
        entries[target] = entries[index]
    else:
        entries[index], entries[target] = entries[target], entries[index]
    count = found.entries if dice.chance(0.7) else dice.pick((0, found.entries - 1, found.entries + 1, dice.number(2)))
    body = struct.pack(f"{found.order}H", count) + b"".join(entries)
    return data[: found.start] + body + data[found.link :]


def _pages(data: bytes, found: Directory, dice: Dice) -> bytes:
    """A next directory: itself, nowhere, anywhere, a copy."""
    out = bytearray(data)
    target = dice.pick((found.start, len(data) + 5, dice.below(len(data)), len(data) + len(data) % 2, 8))
    struct.pack_into(f"{found.order}I", out, found.link, target)
    copy = data[found.start : found.link] + bytes(4)
    return bytes(out) + bytes(len(data) % 2) + copy if dice.chance(0.5) else bytes(out)


def _strips(data: bytes, found: Directory, dice: Dice) -> bytes:
    """Edits of all that is no directory: pixels, encoded or not, and tables."""
    before, after = data[: found.start], data[found.link + 4 :]
    same_size = dice.chance(0.6)
    inside = before if len(before) > len(after) else after
    if len(inside) < 16:  # noqa: PLR2004 - no pixels there
        return any_bytes.edit(data, data, dice)
    skipped = 8 if inside is before else 0
    changed = inside[:skipped] + any_bytes.edit(inside[skipped:], inside, dice)
    if same_size:
        changed = changed[: len(inside)].ljust(len(inside), b"\0")
    middle = data[found.start : found.link + 4]
    return changed + middle + after if inside is before else before + middle + changed


def _shift(data: bytes, found: Directory, dice: Dice) -> bytes:
    """Strips that begin or end elsewhere."""
    out = bytearray(data)
    for index in range(found.entries):
        place = found.place(index)
        tag, kind, count = struct.unpack_from(f"{found.order}HHI", data, place)
        if tag in (273, 279, 324, 325, 278, 322, 323) and kind in (3, 4) and dice.chance(0.5):
            form = f"{found.order}{'H' if kind == 3 else 'I'}"  # noqa: PLR2004 - SHORT
            inline = count * struct.calcsize(form) <= 4  # noqa: PLR2004 - the entry's own room
            where = place + 8 if inline else struct.unpack_from(f"{found.order}I", data, place + 8)[0]
            if where + struct.calcsize(form) <= len(data):
                (old,) = struct.unpack_from(form, data, where)
                most = (1 << (8 * struct.calcsize(form))) - 1
                struct.pack_into(form, out, where, min(most, max(0, old + dice.pick((-100, -8, -1, 1, 8, 100, 5000)))))
    return bytes(out)
