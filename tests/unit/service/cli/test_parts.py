"""The flags of `linewatch parts`."""

import pytest

from service.cli.parts import Parts
from tests.support.linewatch_command import failure


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "views: Field required"),
        (["--views", "top"], "expected 2 to 64 views"),
        (["--views", "top,left,top"], "expected each view once, found top twice"),
        (["--views", "top,,left"], "expected names of streams, comma-separated, found '' among them"),
        (["--views", "top, left"], "found ' left' among them"),
        (["--views", "top,left", "--timeout", "soon"], "expected a time as 500ms, 2s or 1m, found 'soon'"),
        (["--views", "top,left", "--timeout", "0s"], "greater than or equal to 0.01"),
        (["--views", "top,left", "--again", "2h"], "expected a time as 500ms, 2s or 1m, found '2h'"),
        (["--views", "top,left", "--instance", "a b"], "expected 1 to 249 letters"),
        (["--views", "top,left", "--http-port", "70000"], "less than or equal to 65535"),
    ],
)
def test_a_wrong_flag_is_one_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, errors = failure(["parts", *arguments], capsys)
    assert status == 2
    assert sentence in errors
    assert errors.count("\n") == 1


def test_times_are_in_words() -> None:
    given = {"500ms": 0.5, "2s": 2.0, "1.5m": 90.0, "3": 3.0}
    assert {text: Parts.model_validate({"views": "a,b", "timeout": text}).timeout for text in given} == given
    assert (Parts(views="a,b").timeout, Parts(views="a,b").again) == (2.0, 60.0)
