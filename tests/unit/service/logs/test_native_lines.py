"""Lines of native libraries."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from service.logs.native_lines import LONGEST_LINE, MOST_LINES, WINDOW_SECONDS, Lines
from tests.support.clock import Clock


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    structlog.reset_defaults()
    with capture_logs() as events:
        yield events


def test_lines_are_put_together(logged: list[EventDict]) -> None:
    lines = Lines()
    for part in (b"one li", b"ne\n\n  \nERROR: t", b"wo\nrest"):
        lines.write(part)
    assert [(each["event"], each["log_level"]) for each in logged] == [("one line", "warning"), ("ERROR: two", "error")]


def test_a_line_without_an_end_is_cut(logged: list[EventDict]) -> None:
    lines = Lines()
    for _ in range(100):
        lines.write(b"x" * 1000)
    assert {len(each["event"]) for each in logged} == {LONGEST_LINE}


def test_what_is_too_much_is_counted(logged: list[EventDict]) -> None:
    clock = Clock(0.0)
    lines = Lines(clock)
    lines.write(b"again\n" * (MOST_LINES + 7))
    assert len(logged) == MOST_LINES
    clock.now = WINDOW_SECONDS
    lines.write(b"later\n")
    assert [each.get("left_out") for each in logged[MOST_LINES:]] == [7, None]
