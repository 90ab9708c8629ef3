from datetime import UTC, datetime, timedelta

import pytest

from training.collection.time_range import Span, read_span
from training.errors import TrainingError

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [("30m", timedelta(minutes=30)), ("12h", timedelta(hours=12)), ("7d", timedelta(days=7)), ("2w", timedelta(14))],
)
def test_a_time_may_be_how_long_ago(text: str, ago: timedelta) -> None:
    assert read_span(text, "now", NOW) == Span(NOW - ago, NOW)


def test_a_time_may_be_rfc_3339_in_any_zone_and_case() -> None:
    found = read_span("2026-01-31t08:30:00z", "2026-01-31T10:30:00+01:00", NOW)
    assert found.start == datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    assert found.end - found.start == timedelta(hours=1)
    assert str(found) == "2026-01-31 08:30 to 2026-01-31 09:30 UTC"


@pytest.mark.parametrize("text", ["yesterday", "2026-01-31", "2026-01-31T08:30:00", "7", "7y", "", "999999w"])
def test_what_is_no_time_is_refused_by_its_argument(text: str) -> None:
    with pytest.raises(TrainingError, match="expected --from as a time"):
        read_span(text, "now", NOW)


def test_a_span_runs_forward() -> None:
    with pytest.raises(TrainingError, match="--from to be before --to"):
        read_span("1h", "2h", NOW)


def test_a_span_holds_its_start_and_not_its_end_and_has_slices() -> None:
    day = Span(NOW, NOW + timedelta(days=1))
    assert NOW in day
    assert day.end not in day
    assert [day.slice(NOW + timedelta(hours=hours), 24) for hours in (0, 0.5, 1, 23.99)] == [0, 0, 1, 23]
