"""Time ranges as given on the command line: RFC 3339, or how long ago."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from training.errors import TrainingError

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end`, both with a time zone."""

    start: datetime
    end: datetime

    def __contains__(self, time: datetime) -> bool:
        return self.start <= time < self.end

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"

    def slice(self, time: datetime, count: int) -> int:
        """Which of `count` equally long slices a time within the span lies in, from 0."""
        return min(count - 1, int(count * ((time - self.start) / (self.end - self.start))))


def read_span(start: str, end: str, now: datetime) -> Span:
    """The span between two times, each RFC 3339, `now`, or how long ago: 30m, 12h, 7d, 2w.

    Raises:
        TrainingError: if either is none of these, or the end is not after the start.
    """
    span = Span(_read(start, "--from", now), _read(end, "--to", now))
    if span.start >= span.end:
        raise TrainingError(
            f"expected --from to be before --to, found {span.start.isoformat()} and {span.end.isoformat()}; swap them"
        )
    return span


def _read(text: str, what: str, now: datetime) -> datetime:
    if text == "now":
        return now
    try:
        if ago := _AGO.fullmatch(text):
            return now - int(ago[1]) * _UNITS[ago[2]]
        time = datetime.fromisoformat(text.upper())  # RFC 3339 allows small t and z
    except (ValueError, OverflowError):
        time = None
    if time is None or time.tzinfo is None:
        raise TrainingError(
            f"expected {what} as a time with its offset, such as 2026-01-31T08:30:00Z, or how long ago, such as 12h or "
            f"7d, found {text!r}"
        )
    return time.astimezone(UTC)
