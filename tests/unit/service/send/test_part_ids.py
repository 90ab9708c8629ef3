"""Part ids by name, stem, path, and a group of the name."""

import os
from pathlib import PurePath

import pytest

from service.errors import Misuse
from service.send.part_ids import part_id_rule

PATH = PurePath("2026-01-31/p7_top.png")


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("name", b"p7_top.png"),
        ("stem", b"p7_top"),
        ("path", b"2026-01-31/p7_top.png"),
        (r"^(p\d+)_", b"p7"),
        (r"(x\d+)", b"p7_top"),  # finds nothing
        (r"(x*)", b"p7_top"),  # finds nothing at all
    ],
)
def test_each_rule(rule: str, part: bytes) -> None:
    assert part_id_rule(rule)(PATH) == part


def test_bytes_of_a_name_that_is_no_utf_8_stay() -> None:
    assert part_id_rule("stem")(PurePath(os.fsdecode(b"pr\xe4fling.png"))) == b"pr\xe4fling"


def test_an_expression_that_backtracks_without_end_is_told() -> None:
    with pytest.raises(Misuse, match="expected --key to be a regular expression that reads a name at once"):
        part_id_rule(r"^((a|aa)+)\.$")(PurePath("a" * 60 + "_.png"))


@pytest.mark.parametrize("wrong", ["(", "parts", r"p\d+"])
def test_what_is_no_expression_with_a_group_is_told(wrong: str) -> None:
    with pytest.raises(Misuse, match=r"expected --key to .*\(or give name, stem or path\)"):
        part_id_rule(wrong)
