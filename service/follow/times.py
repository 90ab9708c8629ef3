"""Where following begins and ends, as given on the command line: RFC 3339, how long ago, or a word."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

Start = Literal["latest", "earliest"] | datetime
"""What is written from now on, everything that is kept, or what was written at that time or later."""

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def read_start(text: str) -> Start:
    """`latest`, `earliest`, a time, or how long ago: 30m, 12h, 7d.

    Raises:
        ValueError: it is none of these.
    """
    if text == "latest":
        return "latest"
    if text == "earliest":
        return "earliest"
    return _time(text, "latest, earliest, a time", datetime.now(UTC))


def read_end(text: str) -> datetime:
    """`now`, a time, or how long ago.

    Raises:
        ValueError: it is none of these.
    """
    now = datetime.now(UTC)
    return now if text == "now" else _time(text, "now, a time", now)


def _time(text: str, expected: str, now: datetime) -> datetime:
    try:
        if ago := _AGO.fullmatch(text):
            return now - int(ago[1]) * _UNITS[ago[2]]
        time = datetime.fromisoformat(text.upper())  # RFC 3339 allows small t and z
    except (ValueError, OverflowError):
        time = None
    if time is None or time.tzinfo is None:
        msg = f"expected {expected} with its offset, such as 2026-01-31T08:30:00Z, or how long ago, such as 10m or 7d"
        raise ValueError(msg)
    return time.astimezone(UTC)
