"""Verdicts and coordinates as they stand on the topics."""

from datetime import datetime, timedelta, timezone

import pytest

from service.record.bounds import LONGEST_PART_ID
from service.record.messages import (
    ImageSize,
    ReviewReason,
    Source,
    VerdictMessage,
    part_id_of,
    verdict_of,
    verdicts_of,
)
from tests.support.inspection_log import source, verdict
from tests.support.records import FakeRecord


def test_a_part_without_a_key_is_known_by_its_coordinates() -> None:
    assert part_id_of(FakeRecord()) == "part-7"
    assert part_id_of(FakeRecord(key=None)) == "inspection.images/3/41"
    assert part_id_of(FakeRecord(key=b"\xffodd")) == "\\xffodd"


@pytest.mark.parametrize("key", [b"p" * 400_000, b"\xff" * 120_000, "\u00e4".encode() * 5000])
def test_a_part_id_of_any_key_is_bounded_and_tells_parts_apart(key: bytes) -> None:
    part_id, other = part_id_of(FakeRecord(key=key)), part_id_of(FakeRecord(key=key + b"x"))
    assert len(part_id) <= LONGEST_PART_ID
    assert "~sha256:" in part_id
    assert part_id != other
    assert len(verdict(1).model_copy(update={"part_id": part_id}).value()) < 10_000


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
