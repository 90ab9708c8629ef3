"""Stream and capture time of an image, from headers of every kind."""

from datetime import UTC, datetime, timedelta

import pytest

from service.record.image_headers import read_headers
from service.record.messages import Headers
from service.scoring.image import ImageRejected, Reason
from tests.support.records import FakeRecord


def captured_at(written: bytes) -> datetime:
    return read_headers(FakeRecord(headers=[("captured_at", written)])).captured_at


def refusal(headers: Headers) -> str:
    with pytest.raises(ImageRejected) as rejected:
        read_headers(FakeRecord(headers=headers))
    assert rejected.value.reason == Reason.BAD_HEADER
    return str(rejected.value)


def test_without_headers_stream_and_time_have_defaults() -> None:
    headers = read_headers(FakeRecord())
    assert headers.stream == "default"
    assert headers.captured_at == datetime(2025, 6, 15, 15, 6, 40, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("written", ["2026-01-31T08:30:00Z", "2026-01-31T09:30:00+01:00", "2026-01-31t08:30:00.000z"])
def test_rfc_3339_times_are_read(written: str) -> None:
    headers = read_headers(FakeRecord(headers=[("captured_at", written.encode()), ("stream", b"left")]))
    assert headers.captured_at == datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    assert headers.stream == "left"


@pytest.mark.parametrize(
    "written", ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00", "2016-12-31t23:59:60z", "2016-12-31T23:59:60.000Z"]
)
def test_a_leap_second_is_the_first_second_of_the_next_day(written: str) -> None:
    assert captured_at(written.encode()) == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        *(b"yesterday", b"2026-01-31T08:30:00", b"\xff\xfe", b"", b"-0001-01-01T00:00:00Z", b"0000-01-01T00:00:00Z"),
        *(b"2026-01-31T08:30:60Z", b"2016-12-31T23:59:60", b"2016-12-31T23:59:61Z", b"9" * 100_000, b"-1"),
        *(b"2026-01-31T08:30:00Z\0", b"2026-01-31x08:30:00Z", b"2026-01-31T08:30:00+00:00:30"),
    ],
)
def test_a_time_that_is_none_or_has_no_offset_is_a_bad_header(written: bytes) -> None:
    why = refusal([("captured_at", written)])
    assert "captured_at in RFC 3339 with an offset" in why
    assert len(why) < 500


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "2200-01-01T00:00:00Z",
    ],
)
def test_a_time_before_1970_or_in_the_future_is_a_bad_header(written: str) -> None:
    assert "captured_at from 1970 until now and a day" in refusal([("captured_at", written.encode())])


def test_a_clock_that_is_some_hours_ahead_is_believed() -> None:
    ahead = datetime.now(UTC) + timedelta(hours=23)
    assert captured_at(ahead.isoformat().encode()) == ahead


@pytest.mark.parametrize("timestamp", [-1, 0, -(1 << 62), 1 << 62, 4_102_444_800_000])
def test_a_record_without_a_sane_timestamp_counts_as_captured_now(timestamp: int) -> None:
    before = datetime.now(UTC)
    assert before <= read_headers(FakeRecord(timestamp=timestamp)).captured_at <= datetime.now(UTC)


def test_a_stream_that_is_not_text_is_a_bad_header_however_long_it_is() -> None:
    why = refusal([("stream", b"\xff" * 4_000_000)])
    assert "header stream in UTF-8" in why
    assert len(why) < 500


@pytest.mark.parametrize("name", ["stream", "captured_at"])
def test_two_different_headers_of_one_name_leave_open_which_is_meant(name: str) -> None:
    assert f"expected one header {name}, found 2" in refusal([(name, b"left"), (name, b"right")])


def test_the_same_header_twice_is_one() -> None:
    assert read_headers(FakeRecord(headers=[("stream", b"left"), ("stream", b"left")])).stream == "left"


def test_a_header_without_a_value_counts_as_absent() -> None:
    nothing: Headers = [("stream", None), ("captured_at", None)]  # type: ignore[list-item] # Kafka allows null
    assert read_headers(FakeRecord(headers=nothing)) == read_headers(FakeRecord())
