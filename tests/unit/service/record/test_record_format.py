"""Records parsed one by one, with the errors that a real broker lets through and those that it does not."""

import io

import pytest

from service.record import record_format
from service.record.record_format import Fields, Malformed, Oversized, parse_records
from tests.support.raw_batches import field, framed, record, varint

ROOM = 1000


def parsed(records: bytes, count: int, room: int = ROOM) -> list[Fields | Malformed]:
    return list(parse_records(io.BytesIO(records), count, room))


def whole(records: bytes, count: int, room: int = ROOM) -> list[Fields]:
    found = parsed(records, count, room)
    assert all(isinstance(each, Fields) for each in found)
    return [each for each in found if isinstance(each, Fields)]


def test_records_are_read_with_all_their_fields() -> None:
    headers = [(b"stream", b"left"), (b"empty", b""), (b"null", None)]
    first, second = whole(record(0, b"image", b"part", headers, timestamp=-5) + record(7, None), 2)
    assert (first.offset_delta, first.timestamp_delta, first.key, first.value) == (0, -5, b"part", b"image")
    assert first.headers == [("stream", b"left"), ("empty", b""), ("null", None)]
    assert (second.offset_delta, second.key, second.value, second.headers) == (7, None, None, [])


def test_a_header_name_that_is_no_text_is_escaped() -> None:
    (found,) = whole(record(0, b"image", headers=[(b"\xff", b"x")]), 1)
    assert found.headers == [("\\xff", b"x")]


def test_bytes_after_the_last_record_are_passed_over() -> None:
    assert len(whole(record(0, b"image") + b"more", 1)) == 1


def test_a_value_without_room_is_left_out_and_the_headers_after_it_and_the_next_record_are_read() -> None:
    records = record(0, bytes(ROOM), b"key", [(b"stream", b"left")]) + record(1, b"next")
    large, following = whole(records, 2)
    assert (large.key, large.value, large.headers, large.is_whole) == (b"key", None, [("stream", b"left")], False)
    assert large.size > ROOM
    assert (following.value, following.is_whole) == (b"next", True)


def test_many_empty_headers_are_large_too_and_not_all_of_them_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed_headers: list[int] = []
    nullable = record_format._Record._nullable

    def counted(self: record_format._Record) -> bytes | None:
        parsed_headers.append(1)
        return nullable(self)

    monkeypatch.setattr(record_format._Record, "_nullable", counted)
    large, following = whole(record(0, b"image", headers=[(b"", b"")] * 5000) + record(1, b"next"), 2)
    assert (large.is_whole, following.value) == (False, b"next")
    assert len(large.headers) < ROOM / record_format.HEADER_ROOM
    assert len(parsed_headers) < 50


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0" + varint(0) + varint(0) + field(b"key"), id="no value"),
        pytest.param(b"\0" + varint(0) + varint(0) + varint(500) + b"abc", id="key beyond the record"),
        pytest.param(b"\0" + varint(0) + varint(0) + field(None) * 2 + varint(99), id="headers beyond the record"),
        pytest.param(b"\0" + varint(0) + varint(0) + field(None) * 2 + varint(-1), id="less than no headers"),
        pytest.param(b"\0" + varint(0) + varint(0) + field(None) * 2 + varint(0) + b"more", id="more than its fields"),
        pytest.param(b"\0" + b"\xff" * 12, id="an integer of twelve bytes"),
        pytest.param(b"\0\xff", id="an integer beyond the record"),
    ],
)
def test_a_malformed_record_is_told_apart_from_the_next(body: bytes) -> None:
    malformed, following = parsed(framed(body) + record(1, b"next"), 2)
    assert isinstance(malformed, Malformed)
    assert isinstance(following, Fields)
    assert following.value == b"next"


@pytest.mark.parametrize("records", [b"", record(0, b"image")[:-1], varint(-4), b"\xff" * 12])
def test_records_that_end_early_or_have_no_length_end_the_batch(records: bytes) -> None:
    with pytest.raises(EOFError):
        parsed(records, 1)


def test_a_batch_is_read_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_format, "BATCH_BYTES", 2000)
    records = record(0, bytes(900)) + record(1, bytes(900)) + record(2, bytes(900))
    found = parse_records(io.BytesIO(records), 3, ROOM)
    assert [isinstance(next(found), Fields) for _ in range(2)] == [True, True]
    with pytest.raises(Oversized, match="at most 2000 bytes"):
        next(found)


def test_a_record_of_more_headers_than_the_limit_is_too_large() -> None:
    most = record_format.MOST_HEADERS
    allowed, beyond = whole(
        record(0, b"", headers=[(b"", b"")] * most) + record(1, b"", headers=[(b"", b"")] * (most + 1)), 2, 1 << 30
    )
    assert (allowed.is_whole, beyond.is_whole) == (True, False)
