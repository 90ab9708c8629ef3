"""What waits for a person."""

from service.review.app import count_open
from service.review.part_index import PartIndex
from tests.support.reviewing import audit, on_topic, review, verdict


def test_open_parts_are_counted_by_stream_and_reason_and_are_0_where_all_are_done() -> None:
    index = PartIndex()
    for message in (verdict(1), verdict(2), audit(3), audit(4, stream="left"), verdict(5, "pass")):
        index.read_verdict(on_topic(message))
    for offset in (1, 3):
        index.read_review(on_topic(review(offset), offset))
    assert count_open(index) == {("default", "anomaly"): 1, ("default", "audit"): 0, ("left", "audit"): 1}
