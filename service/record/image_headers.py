"""The headers of an image record: its stream and when the image was captured."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.record.messages import Record
from service.record.soundness import EARLIEST
from service.scoring.image import ImageRejected, Reason

DEFAULT_STREAM = "default"

AHEAD = timedelta(days=1)
"""A camera's clock may be ahead of ours by this much."""

_WRITTEN = re.compile(r"[0-9]{4}[-0-9W]*[T ][0-9:.,]+(Z|[+-][0-9]{2}(:?[0-9]{2})?)?")
"""Python reads more: anything before and behind the time of day, and seconds in an offset, which get lost in JSON."""
_LEAP_SECOND = re.compile(r"(T\d\d:\d\d):60")
_SHOWN = 64


@dataclass(frozen=True, slots=True)
class ImageHeaders:
    """Stream and capture time of an image record."""

    stream: str
    captured_at: datetime


def read_headers(record: Record) -> ImageHeaders:
    """The stream and capture time of an image record, or their defaults; a header without a value counts as absent.

    Raises:
        ImageRejected: with reason `bad_header`.
    """
    stream, captured_at = _one(record, "stream"), _one(record, "captured_at")
    return ImageHeaders(stream=_stream(stream), captured_at=_captured_at(captured_at, record.timestamp))


def _one(record: Record, name: str) -> bytes | None:
    """The value of a header; the same twice is once, but two different ones leave open which is meant."""
    values = set(_values(record, name))
    if len(values) > 1:
        raise ImageRejected(
            Reason.BAD_HEADER,
            f"expected one header {name}, found {len(values)} different ones; correct the producer",
        )
    return values.pop() if values else None


def _values(record: Record, name: str) -> Iterable[bytes]:
    return (value for found, value in record.headers if found == name and value is not None)


def _stream(header: bytes | None) -> str:
    try:
        return (header or DEFAULT_STREAM.encode()).decode()
    except UnicodeDecodeError as error:
        raise ImageRejected(
            Reason.BAD_HEADER, f"expected header stream in UTF-8, found {_shown(header)}; correct the producer"
        ) from error


def _captured_at(header: bytes | None, record_timestamp: int) -> datetime:
    latest = datetime.now(UTC) + AHEAD
    if header is None:
        return _record_time(record_timestamp, latest)
    try:
        captured_at = _parse(header.decode())
        is_sane = captured_at.tzinfo is not None and EARLIEST <= captured_at <= latest
    except (ValueError, OverflowError) as error:  # UnicodeDecodeError is a ValueError
        raise _bad_time(header) from error
    if captured_at.tzinfo is None:
        raise _bad_time(header)
    if not is_sane:
        raise ImageRejected(
            Reason.BAD_HEADER,
            f"expected header captured_at from 1970 until now and a day, found {_shown(header)}; "
            "set the clock of the camera's computer",
        )
    return captured_at


def _parse(text: str) -> datetime:
    """The time in RFC 3339; a leap second is the first of the next day, as clocks without leap seconds count it."""
    written = text.upper()  # RFC 3339 allows small t and z
    if _WRITTEN.fullmatch(written) is None:
        msg = "expected digits, T, and an offset in hours and minutes"
        raise ValueError(msg)
    leaps = _LEAP_SECOND.search(written)
    time = datetime.fromisoformat(_LEAP_SECOND.sub(r"\1:59", written, count=1))
    if leaps is None:
        return time
    if time.tzinfo is None or time.astimezone(UTC).strftime("%H:%M") != "23:59":
        msg = "expected a leap second at the end of a day in UTC"
        raise ValueError(msg)
    return time + timedelta(seconds=1)


def _record_time(milliseconds: int, latest: datetime) -> datetime:
    """The record's timestamp, or now if it has none or an absurd one: the time from capture to verdict stays sound."""
    now = latest - AHEAD
    try:
        time = EARLIEST + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return now
    return time if milliseconds > 0 and time <= latest else now


def _bad_time(header: bytes) -> ImageRejected:
    return ImageRejected(
        Reason.BAD_HEADER,
        "expected header captured_at in RFC 3339 with an offset, such as 2026-01-31T08:30:00Z, "
        f"found {_shown(header)}; correct the producer or leave the header out",
    )


def _shown(header: bytes | None) -> str:
    return repr((header or b"")[:_SHOWN])
