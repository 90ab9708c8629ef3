"""The record of a part verdict."""

from typing import Any

from service.parts.part_publisher import PartPublisher
from service.parts.partition import PartitionParts
from service.parts.standing import Standing
from tests.support.views import RULES, VIEWS, read_all, view_record


def test_a_part_verdict_goes_to_its_topic_with_the_key_of_its_verdicts() -> None:
    parts = PartitionParts(RULES, Standing())
    read_all(parts, [view_record(i, "p", view) for i, view in enumerate(VIEWS)])
    (closed,) = parts.pending.closed
    producer: Any = type("Producer", (), {"init_transactions": lambda _: None})()
    topic, value, key, headers = PartPublisher(lambda: producer, "inspection.parts").outgoing(closed)
    assert (topic, key, value) == ("inspection.parts", b"p", closed[1].value())
    assert dict(headers)["ce_subject"] == b"p"
