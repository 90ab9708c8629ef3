"""Polling until something has happened."""

import pytest

from deploy.devtools.errors import DemoError
from deploy.devtools.waiting import wait_until


def test_it_polls_until_the_condition_is_true() -> None:
    answers = iter([False, False, True, False])
    wait_until(lambda: next(answers), "the third answer", seconds=60, pause=0)
    assert next(answers) is False, "it does not poll after that"


def test_what_did_not_happen_in_time_is_named() -> None:
    with pytest.raises(DemoError, match=r"^expected a verdict within 0 s, found none$"):
        wait_until(lambda: False, "a verdict", seconds=0, pause=0)
