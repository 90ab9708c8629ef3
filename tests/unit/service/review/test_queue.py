"""Order and filters of the queue."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from service.record.messages import ReviewReason
from service.review.part_index import PartIndex
from service.review.queue import Filters, State, build_queue, count_open
from tests.support.reviewing import NOON, audit, on_topic, review, verdict


@pytest.fixture
def index() -> PartIndex:
    index = PartIndex()
    for each in (
        audit(9),
        verdict(1),
        verdict(5, "review", stream="left"),
        verdict(8),
        audit(2, bundle="fedcba9876543210"),
        verdict(3, "review"),
    ):
        index.read_verdict(on_topic(each))
    return index


def offsets(index: PartIndex, **filters: Any) -> list[int]:
    return [part.source.offset for part in build_queue(index.parts(), Filters(**filters)).parts]


def test_anomalies_come_first_then_what_is_to_be_reviewed_then_audits_each_with_the_newest_first(
    index: PartIndex,
) -> None:
    assert offsets(index) == [8, 1, 5, 3, 9, 2]


def test_what_is_answered_leaves_the_open_queue_and_is_counted_as_done(index: PartIndex) -> None:
    index.read_review(on_topic(review(8), 1))
    queue = build_queue(index.parts(), Filters())
    assert [part.source.offset for part in queue.parts] == [1, 5, 3, 9, 2]
    assert (queue.open[ReviewReason.ANOMALY], queue.done[ReviewReason.ANOMALY], queue.done[ReviewReason.AUDIT]) == (
        1,
        1,
        0,
    )
    assert offsets(index, state=State.DONE) == [8]
    assert offsets(index, state=State.ALL) == [8, 1, 5, 3, 9, 2]


def test_filters_leave_what_fits(index: PartIndex) -> None:
    assert offsets(index, stream="left") == [5]
    assert offsets(index, bundle="fedcba9876543210") == [2]
    assert offsets(index, decision="pass") == [9, 2]
    assert offsets(index, since=NOON + timedelta(minutes=3), until=NOON + timedelta(minutes=8)) == [8, 5, 3]
    assert offsets(index, stream="left", decision="anomaly") == []


def test_open_parts_are_counted_by_stream_and_reason_and_are_0_where_all_are_done() -> None:
    index = PartIndex()
    for message in (verdict(1), verdict(2), audit(3), audit(4, stream="left"), verdict(5, "pass")):
        index.read_verdict(on_topic(message))
    for offset in (1, 3):
        index.read_review(on_topic(review(offset), offset))
    assert count_open(index.parts()) == {("default", "anomaly"): 1, ("default", "audit"): 0, ("left", "audit"): 1}


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Filters.model_validate({"since": "2026-01-31T12:00:00"})
