from pathlib import PurePath

import pytest

from training.data.part_names import part_names, part_pattern, suggested_pattern
from training.errors import TrainingError


def paths(*names: str) -> list[PurePath]:
    return [PurePath("set") / name for name in names]


def names_of(pattern: str, *names: str) -> list[str | None]:
    compiled = part_pattern(pattern)
    assert compiled is not None
    return part_names(paths(*names), compiled)


def test_the_first_group_is_the_part_and_other_names_give_none() -> None:
    assert names_of(r"^(part\d+)_(view\d)", "part1_view2.png", "part1_view3.png", "dark.png") == [
        "part1",
        "part1",
        None,
    ]


def test_a_group_that_took_no_part_or_is_empty_gives_none() -> None:
    assert names_of(r"^(?:(p\d+)|q)_", "p1_a.png", "q_a.png") == ["p1", None]
    assert names_of(r"^(\d*)", "a.png") == [None]


def test_the_folder_of_a_file_says_nothing() -> None:
    pattern = part_pattern(r"lot(\d)")
    assert pattern is not None
    assert part_names([PurePath("lot7/a.png")], pattern) == [None]


def test_an_expression_that_backtracks_without_end_is_told() -> None:
    with pytest.raises(TrainingError, match="expected --part-from-name to be a regular expression that reads a name"):
        names_of(r"^((a|aa)+)\.$", "a" * 60 + "_.png")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(part", r"expected --part-from-name to be a regular expression, .* found '\(part'"),
        (r"part\d+", r"expected --part-from-name to have a group .* found none in"),
        (r"(?:part)\d+", "put parentheses around the part"),
        ("(a{99999999999999999999})", "expected --part-from-name to be a regular expression"),
        ("(" * 3000 + ")" * 3000, "expected --part-from-name to be a regular expression"),
    ],
)
def test_what_is_no_pattern_with_a_group_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        part_pattern(pattern)


@pytest.mark.filterwarnings("error")
def test_a_pattern_that_another_python_may_read_otherwise_warns_nobody() -> None:
    assert names_of("[[a](b)", "ab.png") == ["b"]


def test_long_names_that_end_as_no_form_does_are_looked_at_in_no_time() -> None:
    names = [f"line{i}_{'_'.join(['station'] * 40)}_prüfling.png" for i in range(50)]  # exponential in the words once
    assert suggested_pattern(paths(*names)) is None


def test_no_pattern_is_none() -> None:
    assert part_pattern(None) is None


@pytest.mark.parametrize(
    ("form", "part", "parts"),
    [
        ([f"{i}{end}.jpg" for i in range(1, 40) for end in ("", "_0", "_2")], "10", 39),
        ([f"{i}{end}.jpg" for i in range(40) for end in ["", *(f"_{k}" for k in range(i % 6 + 1))]], "10", 40),
        ([f"part{i}_view{k}.png" for i in range(30) for k in range(3)], "part10", 30),
        ([f"img_{i:04}_{end}.png" for i in range(30) for end in ("flip", "rot90", "crop")], "img_0010", 30),
        ([f"{i}{end}.png" for i in range(30) for end in ("", "_flip_h", "_rot_90")], "10", 30),
        ([f"bottle{i}{end}.png" for i in range(30) for end in ("", " (1)", " (2)")], "bottle10", 30),
    ],
)
def test_names_that_look_like_several_images_of_a_part_suggest_a_pattern(
    form: list[str], part: str, parts: int
) -> None:
    found = suggested_pattern(paths(*form))
    assert found is not None
    assert found.parts == parts
    members = [name for name in names_of(found.pattern, *form) if name == part]
    assert len(members) >= 2


ORDINARY = {
    "counted": [f"{i:03}.png" for i in range(209)],
    "with gaps": [f"ok{i:03}.png" for i in range(175) if i % 9],
    "of a series": [f"cast_ok_0_{i}.jpeg" for i in range(1, 9000, 17)],
    "cells": [f"cell{i:04}.png" for i in range(4, 2600, 7)],
    "exposures": [f"exp{i % 6}_num_{1000 + 37 * i}.jpg" for i in range(600)],
    "by time": [f"2024-05-{d:02}_{h:02}{m:02}{d:02}.png" for d in range(1, 29) for h in range(8) for m in (3, 17, 55)],
    "by camera": [f"cam{c}_{i:05}.png" for c in (1, 2, 3) for i in range(100)],
    "by time and count": [f"20240501_{i:06}.png" for i in range(0, 235959, 731)],
    "by words": ["front.png", "back.png", "left.png", "right.png"] * 5,
    "by lot": [f"lot{i // 100}_{i % 100}.png" for i in range(400)],
    "one": ["1.png"],
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_ordinary_names_suggest_nothing(kind: str) -> None:
    assert suggested_pattern(paths(*ORDINARY[kind])) is None
