"""Joining verdicts with reviews."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.quality.tally import Tally
from service.record.messages import ImageSize, ReviewReason, Source, VerdictMessage
from service.record.reviews import Label, Review
from service.scoring.verdict import Decision

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def source(offset: int) -> Source:
    return Source(topic="images", partition=0, offset=offset)


def verdict(offset: int, decision: Decision = "pass", **changes: Any) -> VerdictMessage:
    made = VerdictMessage(
        score=0.1,
        threshold=0.5,
        error_ratio=0.2,
        p_value=0.5,
        decision=decision,
        bundle="b",
        part_id=f"part-{offset}",
        stream="left",
        captured_at=NOON,
        scored_at=NOON,
        source=source(offset),
        image=ImageSize(width=32, height=32),
    )
    return made.model_copy(update=changes)


def reviews(**labels: Label) -> dict[Source, Review]:
    """The review in force by offset, given as `_7=Label.NORMAL`."""
    return {
        source(int(name[1:])): Review(
            source=source(int(name[1:])),
            part_id="p",
            stream="left",
            bundle="b",
            label=label,
            reviewer="ann",
            at=NOON,
            asked=ReviewReason.AUDIT,
            captured_at=NOON,
        )
        for name, label in labels.items()
    }


def test_verdicts_are_counted_by_decision_and_joined_with_their_reviews() -> None:
    tally = Tally()
    for each in (
        verdict(0),
        verdict(1, audit=True),
        verdict(2, audit=True),
        verdict(3, "anomaly"),
        verdict(4, "review"),
    ):
        tally.add(each)
    (found,) = tally.rates(reviews(_1=Label.NORMAL, _2=Label.UNSURE, _3=Label.DEFECT))
    assert (found.stream, found.bundle) == ("left", "b")
    counts = [(each.parts, each.asked, each.normal, each.defect, each.unsure) for each in (found.passed, found.anomaly)]
    assert counts == [(3, 2, 1, 0, 1), (1, 1, 0, 1, 0)]
    assert (found.review.parts, found.review.answered) == (1, 0)


def test_a_pass_that_was_not_sampled_is_no_audit_whatever_its_review() -> None:
    tally = Tally()
    tally.add(verdict(0))
    (found,) = tally.rates(reviews(_0=Label.DEFECT))
    assert found.passed.answered == 0


def test_a_replayed_part_counts_once_for_each_bundle() -> None:
    tally = Tally()
    for each in (verdict(5, audit=True), verdict(5, audit=True), verdict(5, audit=True, bundle="next")):
        tally.add(each)
    found = tally.rates(reviews(_5=Label.NORMAL))
    assert [(each.bundle, each.passed.parts, each.passed.normal) for each in found] == [("b", 1, 1), ("next", 1, 1)]


def test_parts_of_several_partitions_and_streams_are_counted_apart() -> None:
    tally = Tally()
    for partition in (0, 1):
        tally.add(verdict(5, source=Source(topic="images", partition=partition, offset=5)))
    tally.add(verdict(5, stream="right"))
    assert [(each.stream, each.passed.parts) for each in tally.rates({})] == [("left", 2), ("right", 1)]


def test_offsets_far_apart_are_all_remembered() -> None:
    tally = Tally()
    offsets = [0, 4095, 4096, 10**12, 10**12 + 1]
    for offset in (*offsets, *offsets):
        tally.add(verdict(offset))
    assert tally.rates({})[0].passed.parts == len(offsets)


def test_streams_and_partitions_without_end_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.quality.tally.MOST_GROUPS", 3)
    monkeypatch.setattr("service.quality.tally.MOST_CHUNKS", 5)
    tally = Tally()
    for number in range(10):
        tally.add(verdict(number, stream=f"stream-{number}"))
    for number in range(10):
        tally.add(verdict(number, source=Source(topic="images", partition=number, offset=7)))
    assert [each.stream for each in tally.rates({})] == ["stream-0", "stream-1", "stream-2"]
    assert len(tally._seen) == 3
    tally = Tally()
    for number in range(10):
        tally.add(verdict(number, source=Source(topic="images", partition=number, offset=7)))
    assert [each.passed.parts for each in tally.rates({})] == [5]
