"""Edits of bytes without regard to the format: what a cable, a disk or a full buffer does."""

from typing import Literal

from deploy.fuzz.dice import Dice


def edit(data: bytes, other: bytes, dice: Dice) -> bytes:
    """One edit; `other` is another file, for splices."""
    edits = (_flip, _flips, _number, _zero, _lose, _repeat, _insert, _cut, _swap)
    if dice.chance(0.08):
        return splice(data, other, dice)
    return dice.pick(edits)(data, dice)


def _flip(data: bytes, dice: Dice) -> bytes:
    place = dice.below(len(data))
    return data[:place] + bytes([byte ^ (1 << dice.below(8)) for byte in data[place : place + 1]]) + data[place + 1 :]


def _flips(data: bytes, dice: Dice) -> bytes:
    for _ in range(dice.between(2, 12)):
        data = _flip(data, dice)
    return data


def _number(data: bytes, dice: Dice) -> bytes:
    """An awkward number, most often within the header."""
    size = dice.pick((1, 2, 4))
    place = dice.below(min(len(data), 128) if dice.chance(0.7) else len(data))
    order: Literal["little", "big"] = "little" if dice.chance(0.5) else "big"
    return (data[:place] + dice.number(size).to_bytes(size, order) + data[place + size :])[: max(len(data), place)]


def _zero(data: bytes, dice: Dice) -> bytes:
    start, end = _run(data, dice)
    return data[:start] + dice.pick((b"\0", b"\xff")) * (end - start) + data[end:]


def _lose(data: bytes, dice: Dice) -> bytes:
    start, end = _run(data, dice)
    return data[:start] + data[end:]


def _repeat(data: bytes, dice: Dice) -> bytes:
    start, end = _run(data, dice)
    return data[:end] + data[start:end] * dice.between(1, 3) + data[end:]


def _insert(data: bytes, dice: Dice) -> bytes:
    place = dice.below(len(data) + 1)
    return data[:place] + dice.bytes(dice.between(1, 64)) + data[place:]


def _cut(data: bytes, dice: Dice) -> bytes:
    return data[: dice.below(len(data))]


def _swap(data: bytes, dice: Dice) -> bytes:
    start, end = _run(data, dice)
    middle = (start + end) // 2
    return data[:start] + data[middle:end] + data[start:middle] + data[end:]


def splice(data: bytes, other: bytes, dice: Dice) -> bytes:
    """The beginning of one file and the end of another."""
    share = dice.below(1000) / 1000
    return (
        data[: int(len(data) * share)]
        + other[int(len(other) * (share if dice.chance(0.5) else dice.below(1000) / 1000)) :]
    )


def _run(data: bytes, dice: Dice) -> tuple[int, int]:
    start = dice.below(len(data))
    longest = dice.pick((4, 64, 1460, len(data)))
    return start, min(len(data), start + dice.between(1, max(longest, 1)))
