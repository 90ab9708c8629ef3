"""Edits of a JSON document: other values, other names, other nesting, other bytes."""

import json
from typing import Any

from deploy.fuzz.dice import EDGES, Dice
from deploy.fuzz.images import any_bytes

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 0.5, -0.0, 1e308, 1 << 63, 1 << 64, -(1 << 63) - 1, 10**30, "", " ", "x", "0", "null",
    "NaN", "../..", "/etc/passwd", "a/b", "a" * 5000, "\u0000", "\ud800", "\u202e", "é", "<script>",
    "0001-01-01T00:00:00Z",
    "2026-01-31T23:59:60Z", "9999-12-31T23:59:59Z", "2026-01-31T12:00:00", [], {}, [None], [[]], {"": {}}, [0] * 2000,
)  # fmt: skip
NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 400, "0x10", "01", "1.", "-")
"""Written where a number stands; some are no JSON."""


def edit(data: bytes, dice: Dice) -> bytes:
    """One to three edits."""
    for _ in range(dice.between(1, 3)):
        if dice.chance(0.25):
            data = _bytes(data, dice)
            continue
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            data = any_bytes.edit(data, data, dice)
            continue
        text = json.dumps(_changed(document, dice))
        data = _number(text, dice).encode()
    return data


def _changed(document: Any, dice: Dice) -> Any:
    """With one value, name or member changed, at any depth."""
    if isinstance(document, dict) and document and dice.chance(0.9):
        name = dice.pick(list(document))
        return _member(dict(document), name, dice)
    if isinstance(document, list) and document and dice.chance(0.7):
        place = dice.below(len(document))
        return [*document[:place], _changed(document[place], dice), *document[place + 1 :]]
    if isinstance(document, int | float) and dice.chance(0.5):
        return dice.pick(EDGES) * dice.pick((1, -1, 0.5))
    return dice.pick(VALUES)


def _member(document: dict[str, Any], name: str, dice: Dice) -> dict[str, Any]:
    how = dice.below(8)
    if how == 0:
        del document[name]
    elif how == 1:
        document[dice.pick(("", "x", name + " ", name.upper(), "__class__", "\ud800"))] = document[name]
    elif how == 2:  # noqa: PLR2004 - two change places
        other = dice.pick(list(document))
        document[name], document[other] = document[other], document[name]
    else:
        document[name] = _changed(document[name], dice)
    return document


def _number(text: str, dice: Dice) -> str:
    """One number written as what is none, now and then."""
    if not dice.chance(0.2):
        return text
    places = [index for index, letter in enumerate(text) if letter.isdigit() and not text[index - 1].isalnum()]
    if not places:
        return text
    start = end = dice.pick(places)
    while end < len(text) and (text[end].isdigit() or text[end] in ".eE+-"):
        end += 1
    return text[:start] + dice.pick(NUMBERS) + text[end:]


def _bytes(data: bytes, dice: Dice) -> bytes:
    """Damaged, or in another encoding: PowerShell writes UTF-16, editors put a mark first."""
    how = dice.below(7)
    if how == 6:  # noqa: PLR2004 - nested deeper than readers can follow
        depth = dice.pick((100, 200, 2000, 100_000))
        return b"[" * depth + data + b"]" * depth
    if how == 0:
        return data.decode(errors="replace").encode("utf-16")
    if how == 1:
        return b"\xef\xbb\xbf" + data
    if how == 2:  # noqa: PLR2004 - no text at all
        return dice.bytes(dice.between(0, 200))
    return any_bytes.edit(data, data, dice) if data else b"\0"
