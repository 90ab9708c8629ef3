"""Records as they stand on the topics."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.record.messages import (
    Headers,
    ImageSize,
    ReviewReason,
    Source,
    VerdictMessage,
    dead_letter_headers,
    part_id_of,
    read_headers,
    verdict_of,
    verdicts_of,
)
from service.scoring.image import ImageRejected, Reason
from tests.support.inspection_log import source, verdict
from tests.support.records import FakeRecord


def test_without_headers_stream_and_time_have_defaults() -> None:
    headers = read_headers(FakeRecord())
    assert headers.stream == "default"
    assert headers.captured_at == datetime(2025, 6, 15, 15, 6, 40, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("written", ["2026-01-31T08:30:00Z", "2026-01-31T09:30:00+01:00", "2026-01-31t08:30:00.000z"])
def test_rfc_3339_times_are_read(written: str) -> None:
    headers = read_headers(FakeRecord(headers=[("captured_at", written.encode()), ("stream", b"left")]))
    assert headers.captured_at == datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    assert headers.stream == "left"


@pytest.mark.parametrize("written", [b"yesterday", b"2026-01-31T08:30:00", b"\xff\xfe", b""])
def test_a_time_that_is_none_or_has_no_offset_is_a_bad_header(written: bytes) -> None:
    with pytest.raises(ImageRejected, match="captured_at in RFC 3339 with an offset") as rejected:
        read_headers(FakeRecord(headers=[("captured_at", written)]))
    assert rejected.value.reason == Reason.BAD_HEADER


def test_a_stream_that_is_not_text_is_a_bad_header() -> None:
    with pytest.raises(ImageRejected, match="header stream in UTF-8"):
        read_headers(FakeRecord(headers=[("stream", b"\xff")]))


def test_a_part_without_a_key_is_known_by_its_coordinates() -> None:
    assert part_id_of(FakeRecord()) == "part-7"
    assert part_id_of(FakeRecord(key=None)) == "inspection.images/3/41"
    assert part_id_of(FakeRecord(key=b"\xffodd")) == "\\xffodd"


def test_a_dead_letter_has_its_reason_its_source_and_the_original_headers() -> None:
    original: Headers = [("stream", b"left"), ("trace", None)]  # type: ignore[list-item] # Kafka allows null
    headers = dict(
        dead_letter_headers(FakeRecord(headers=original), ImageRejected(Reason.EMPTY, "expected an image, found none"))
    )
    assert headers == {
        "reason": b"empty",
        "message": b"expected an image, found none",
        "source_topic": b"inspection.images",
        "source_partition": b"3",
        "source_offset": b"41",
        "stream": b"left",
        "trace": b"",
    }


def anomaly() -> VerdictMessage:
    now = datetime(2026, 1, 31, 8, 30, tzinfo=timezone(timedelta(hours=1)))
    return VerdictMessage(
        score=2.0,
        threshold=1.0,
        error_ratio=2.0,
        p_value=0.01,
        decision="anomaly",
        bundle="0123456789abcdef",
        part_id="part-7",
        stream="left",
        captured_at=now,
        scored_at=now,
        source=Source(topic="inspection.images", partition=3, offset=41),
        image=ImageSize(width=640, height=480),
    )


def test_a_verdict_is_json_and_a_cloud_event() -> None:
    verdict = anomaly()
    assert VerdictMessage.model_validate_json(verdict.value()) == verdict
    assert b"anomaly_map" not in verdict.value()
    assert dict(verdict.headers()) == {
        "ce_specversion": b"1.0",
        "ce_id": b"inspection.images/3/41",
        "ce_type": b"io.linewatch.verdict.v1",
        "ce_source": b"/linewatch/left",
        "ce_subject": b"part-7",
        "ce_time": b"2026-01-31T08:30:00+01:00",
        "content-type": b"application/json",
    }


@pytest.mark.parametrize(
    ("decision", "audit", "reason"),
    [
        ("pass", False, None),
        ("pass", True, ReviewReason.AUDIT),
        ("review", False, ReviewReason.REVIEW),
        ("anomaly", False, ReviewReason.ANOMALY),
        ("anomaly", True, ReviewReason.ANOMALY),
    ],
)
def test_a_person_is_asked_about_what_does_not_pass_and_about_audits(
    decision: str, audit: bool, reason: ReviewReason | None
) -> None:
    assert anomaly().model_copy(update={"decision": decision, "audit": audit}).review_reason is reason


def test_a_record_that_holds_anything_else_has_no_verdict() -> None:
    assert verdict_of(FakeRecord(value=anomaly().value())) == anomaly()
    assert [verdict_of(FakeRecord(value=value)) for value in (None, b"", b"{}", b"\xff")] == [None] * 4


def test_coordinates_are_read_back_from_their_text() -> None:
    source = Source(topic="inspection.images", partition=3, offset=41)
    assert Source.parse(str(source)) == source


@pytest.mark.parametrize("text", ["", "images/1", "images/1/x", "im ages/1/2", "images/1/2/3", "/1/2"])
def test_what_are_no_coordinates_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected topic/partition/offset"):
        Source.parse(text)


def test_records_that_are_no_verdicts_are_passed_over() -> None:
    records = [FakeRecord(value=each) for each in (verdict(1).value(), b"{}", None, verdict(2).value())]
    assert [each.source for each in verdicts_of(records)] == [source(1), source(2)]
