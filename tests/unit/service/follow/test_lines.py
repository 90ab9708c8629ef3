"""One line for each verdict."""

import io
import json

import pytest

from service.follow.lines import json_line, may_colour, person_line
from service.scoring.verdict import Region
from tests.support.records import FakeRecord
from tests.support.reviewing import verdict


def test_a_line_says_when_what_how_much_which_and_where() -> None:
    assert person_line(verdict(1, "anomaly", stream="left"), coloured=False) == (
        "2026-01-31T12:01:00.000Z  anomaly     1.600 x threshold   left   part-1   at 8,16 4 x 4"
    )
    assert person_line(verdict(2, "pass"), coloured=False).endswith("pass        0.400 x threshold   default   part-2")


def test_of_several_regions_the_strongest_is_named() -> None:
    regions = tuple(Region(x=each, y=2, width=3, height=4, peak=1.0) for each in (9, 1, 5))
    assert person_line(verdict(1, regions=regions), coloured=False).endswith("at 9,2 3 x 4 and 2 more")


def test_colour_is_of_the_decision_alone() -> None:
    plain = person_line(verdict(1), coloured=False)
    coloured = person_line(verdict(1), coloured=True)
    assert coloured.replace("\x1b[1;31m", "").replace("\x1b[0m", "") == plain
    assert coloured != plain


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_that_wants_it_has_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert (may_colour(Terminal()), may_colour(io.StringIO())) == (True, False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not may_colour(Terminal())


def test_a_part_id_commands_no_terminal() -> None:
    line = person_line(verdict(1, part_id="a\x1b[2J\n\x9b\u202eb"), coloured=False)
    assert r"a\x1b[2J\n\x9b\u202eb" in line


def test_json_is_the_verdict_and_its_place_whatever_later_versions_add() -> None:
    value = b'{"part_id": "a", "new": 1}'
    record = FakeRecord(topic="inspection.verdicts", partition=3, offset=41, value=value)
    place = {"topic": "inspection.verdicts", "partition": 3, "offset": 41}
    assert json.loads(json_line(record)) == {"part_id": "a", "new": 1, "place": place}
