"""Regular expressions for names of files."""

import pytest

from service.scoring.name_pattern import name_pattern


def test_the_first_group_is_what_is_looked_for() -> None:
    assert name_pattern(r"^(p\d+)_", "--key", "the part", "x").first_group("p7_top.png") == "p7"


@pytest.mark.parametrize(("text", "name"), [(r"(x\d)", "p7.png"), (r"(x*)", "p7.png"), (r"^(?:(x)|p)", "p7.png")])
def test_what_is_not_found_or_empty_is_none(text: str, name: str) -> None:
    assert name_pattern(text, "--key", "the part", "x").first_group(name) is None


def test_an_expression_that_backtracks_without_end_is_told() -> None:
    pattern = name_pattern(r"^((a|aa)+)$", "--key", "the part", "x")
    assert pattern.first_group("a" * 60) == "a" * 60
    with pytest.raises(ValueError, match=r"found that '\^\(\(a\|aa\)\+\)\$' takes over 1 s on 'aaaa.*; put no"):
        pattern.first_group("a" * 60 + "!")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("(", "expected --key to be a regular expression, such as 'x', found '(': missing"),
        (r"p\d", "expected --key to have a group that is the part, such as 'x', found none in 'p"),
    ],
)
def test_what_is_none_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence.replace("(", r"\(")):
        name_pattern(text, "--key", "the part", "x")
