"""Edits of a JPEG's segments and scans."""

from dataclasses import replace

from deploy.fuzz.dice import Dice
from deploy.fuzz.encodings.jpeg_bytes import DHT, DQT, DRI, END, EOI, FRAMES, SOS, Segment, joined, segments
from deploy.fuzz.images import any_bytes


def edit(data: bytes, other: bytes, dice: Dice) -> bytes:
    """One edit; more than half of them are what cables and disks do to the data of a scan."""
    parts = segments(data)
    where = [index for index, part in enumerate(parts) if part.marker == SOS]
    if where and dice.chance(0.6):
        return _scan(parts, dice.pick(where), other, dice)
    edits = (_order, _content, _frame, _table, _restart, _end, _length)
    return dice.pick(edits)(parts, other, dice)


def _scan(parts: list[Segment], index: int, other: bytes, dice: Dice) -> bytes:
    scan = parts[index].scan
    how = dice.below(7)
    if how == 0:
        theirs = [part.scan for part in segments(other) if part.marker == SOS] or [b""]
        changed = any_bytes.splice(scan, dice.pick(theirs), dice)
    elif how == 1:
        return joined([*parts[:index], *parts[index + 1 :]])
    elif how == 2:  # noqa: PLR2004 - closed early: the rest of the file is lost, and an end marker put there
        kept = replace(parts[index], scan=scan[: dice.below(len(scan) + 1)])
        return joined([*parts[:index], kept]) + END
    else:
        changed = any_bytes.edit(scan, other, dice)
    return joined([*parts[:index], replace(parts[index], scan=changed), *parts[index + 1 :]])


def _order(parts: list[Segment], other: bytes, dice: Dice) -> bytes:
    index = dice.below(len(parts))
    how = dice.below(4)
    if how == 0:
        kept = parts[:index] + parts[index + 1 :]
    elif how == 1:
        kept = parts[: index + 1] + parts[index:]
    elif how == 2:  # noqa: PLR2004 - one more, of another file
        kept = [*parts[:index], dice.pick(segments(other) or parts), *parts[index:]]
    else:
        kept = parts[:index] + parts[index + 1 :]
        kept.insert(dice.below(len(kept) + 1), parts[index])
    return joined(kept)


def _content(parts: list[Segment], other: bytes, dice: Dice) -> bytes:
    index = dice.below(len(parts))
    changed = replace(parts[index], content=any_bytes.edit(parts[index].content, other, dice)[:65533])
    return joined([*parts[:index], changed, *parts[index + 1 :]])


def _frame(parts: list[Segment], _: bytes, dice: Dice) -> bytes:
    """Another size, precision, number of components, sampling or process."""
    changed = list(parts)
    for index, part in enumerate(parts):
        if part.marker in FRAMES and len(part.content) > 8:  # noqa: PLR2004 - a frame of one component at least
            content = bytearray(part.content)
            place, size = dice.pick(((0, 1), (1, 2), (3, 2), (5, 1), (6, 1), (7, 1), (8, 1), (len(content) - 2, 1)))
            content[place : place + size] = dice.number(size).to_bytes(size)
            if dice.chance(0.3):
                content[1:5] = dice.between(1, 300).to_bytes(2) + dice.between(1, 300).to_bytes(2)
            marker = dice.pick(sorted(FRAMES)) if dice.chance(0.2) else part.marker
            changed[index] = Segment(marker, bytes(content))
    return joined(changed)


def _table(parts: list[Segment], _: bytes, dice: Dice) -> bytes:
    """Another number in a quantisation or Huffman table, or in the header of a scan."""
    tables = [index for index, part in enumerate(parts) if part.marker in (DQT, DHT, SOS) and part.content]
    if not tables:
        return joined(parts)
    index = dice.pick(tables)
    content = bytearray(parts[index].content)
    content[dice.below(min(len(content), 20) if dice.chance(0.6) else len(content))] = dice.number(1)
    return joined([*parts[:index], replace(parts[index], content=bytes(content)), *parts[index + 1 :]])


def _restart(parts: list[Segment], _: bytes, dice: Dice) -> bytes:
    announced = Segment(DRI, dice.number(2).to_bytes(2))
    place = next((index for index, part in enumerate(parts) if part.marker == SOS), len(parts))
    return joined([*parts[:place], announced, *parts[place:]])


def _end(parts: list[Segment], other: bytes, dice: Dice) -> bytes:
    """Without its end, with two, or with something after it."""
    body = joined(part for part in parts if part.marker != EOI)
    after = dice.pick((b"", END + END, END + bytes(dice.between(1, 999)), END + dice.bytes(99), END + other, other))
    return body + after


def _length(parts: list[Segment], _: bytes, dice: Dice) -> bytes:
    """A segment whose length is not its own."""
    index = dice.below(len(parts))
    raw = parts[index].bytes()
    wrong = raw[:2] + dice.number(2).to_bytes(2) + raw[4:] if len(raw) > 4 else raw  # noqa: PLR2004 - has a length
    return joined(parts[:index]) + wrong + joined(parts[index + 1 :])
