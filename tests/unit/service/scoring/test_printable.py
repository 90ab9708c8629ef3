import json
import os
from pathlib import Path

import pytest

from service.scoring.printable import all_printable, printable, unprinted

NAME = os.fsdecode(b"pr\xe4f\xfcng \xf0\x9f\x94\xa9.png")


def test_a_name_that_is_text_stays_as_it_is() -> None:
    for name in ("Prüfling 1.png", "图片/零件.png", r"C:\xe4\b.png", "🔩.png"):
        assert printable(name) == name


def test_a_terminal_never_obeys_a_name() -> None:
    for name in ("two\nlines.png", "\x1b[2Jclear.png", "\rover.png"):
        path = Path(name)
        assert printable(path).isprintable()
        assert unprinted(printable(path)) == name
    assert printable("two\nlines\x1b") == "two\nlines\\x1b"


def test_bytes_that_are_no_text_are_numbers_and_come_back() -> None:
    assert printable(NAME) == r"pr\xe4f\xfcng 🔩.png"
    assert printable(NAME).encode()
    assert unprinted(printable(NAME)) == NAME
    assert unprinted("Prüfling 1.png") == "Prüfling 1.png"


@pytest.mark.parametrize("value", [NAME, [NAME, 1], (NAME,), {NAME: {"a": [NAME, None, 2.5]}}])
def test_every_text_in_json_can_be_written(value: object) -> None:
    assert json.dumps(all_printable(value), ensure_ascii=False).encode()
