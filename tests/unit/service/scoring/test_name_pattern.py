"""Regular expressions for names of files."""

import pytest

from service.scoring.name_pattern import name_pattern


def test_the_first_group_is_what_is_looked_for() -> None:
    found = name_pattern(r"^(p\d+)_", "--key", "the part", "x").search("p7_top.png")
    assert found is not None
    assert found.group(1) == "p7"


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
