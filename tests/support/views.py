"""Verdicts on the views of parts, as records of the topic of verdicts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from service.parts.partition import PartitionParts
from service.parts.rules import Rules
from service.record.messages import VerdictMessage
from service.record.part_verdicts import PartVerdict
from service.scoring.verdict import Decision
from tests.support.inspection_log import NOON, source, verdict
from tests.support.records import FakeRecord

VIEWS = ("top", "left", "right")
RULES = Rules(VIEWS, timeout=2.0, again=60.0)
TOPIC = "inspection.verdicts"


def view_verdict(
    part_id: str,
    stream: str,
    decision: Decision = "pass",
    error_ratio: float = 0.5,
    seconds: float = 0.0,
    number: int = 0,
) -> VerdictMessage:
    """A verdict on one view; captured so many seconds after noon; of image `number`."""
    at: datetime = NOON + timedelta(seconds=seconds)
    changes: dict[str, Any] = {"part_id": part_id, "stream": stream, "error_ratio": error_ratio}
    return verdict(number, decision=decision, at=at, source=source(number), **changes)


def view_record(offset: int, part_id: str, stream: str, **changes: Any) -> FakeRecord:
    """The record of such a verdict, at an offset of partition 3."""
    message = view_verdict(part_id, stream, number=offset, **changes)
    return FakeRecord(topic=TOPIC, offset=offset, key=part_id.encode(), value=message.value())


def read_all(parts: PartitionParts, records: Iterable[FakeRecord]) -> None:
    for record in records:
        parts.read(record)


def closed(parts: PartitionParts) -> list[PartVerdict]:
    """The part verdicts that are to be published."""
    return [part_verdict for _, part_verdict in parts.pending.closed]
