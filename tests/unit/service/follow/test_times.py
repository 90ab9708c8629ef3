"""Where following begins and ends, in words of the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from service.follow.times import read_end, read_start


def test_words_and_times() -> None:
    assert (read_start("latest"), read_start("earliest")) == ("latest", "earliest")
    assert (
        read_start("2026-01-31t09:30:00+01:00")
        == read_end("2026-01-31T08:30:00Z")
        == datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    )


def test_how_long_ago() -> None:
    before = datetime.now(UTC)
    found = read_start("90m")
    assert isinstance(found, datetime)
    assert before - timedelta(minutes=90) <= found <= datetime.now(UTC) - timedelta(minutes=90)
    assert before <= read_end("now") <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["", "now", "yesterday", "2026-01-31T08:30:00", "2026-01-31", "999999w", "-1h", "1y"])
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected latest, earliest, a time with its offset, such as 2026-01-31T08"):
        read_start(text)
