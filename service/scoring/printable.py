r"""Names of files as text that every terminal, page and JSON reader takes: bytes that are no UTF-8 become `\xE4`."""

import os
import re
import sys
from io import TextIOWrapper
from pathlib import PurePath
from typing import Any

_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TEXT = "\n\t"


def printable(text: str | PurePath) -> str:
    r"""The text as it is, and each byte of a file name that is no UTF-8 as its number: `pr\xe4fling.png`.

    So is each control character, which a terminal would obey; a line's end stays in a text, not in a path.
    """
    usual = "" if isinstance(text, PurePath) else _TEXT
    shown = _CONTROL.sub(lambda found: found[0] if found[0] in usual else f"\\x{ord(found[0]):02x}", str(text))
    return shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def all_printable(value: Any) -> Any:
    """The same for every text within lists and dictionaries, as JSON has them."""
    if isinstance(value, str | PurePath):
        return printable(value)
    if isinstance(value, dict):
        return {all_printable(key): all_printable(each) for key, each in value.items()}
    return [all_printable(each) for each in value] if isinstance(value, list | tuple) else value


def print_anything() -> None:
    """Have stdout write what its encoding has no character for as a number, as stderr does: never an error."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def unprinted(text: str) -> str:
    r"""The file name that `printable` made this of; one that had `\xe4` in it as it is comes out otherwise."""
    return os.fsdecode(_ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), os.fsencode(text)))
