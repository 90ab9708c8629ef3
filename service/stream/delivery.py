"""Delivery of a batch's outcomes: what the brokers refuse is found by halving, reduced, and at last held."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

import structlog
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from service.record.messages import source_of
from service.scoring.image import ImageRejected, Reason
from service.stream.consumer import Consumer
from service.stream.held_partitions import HeldPartitions
from service.stream.outcome import DeadLetter, Outcome
from service.stream.publisher import Publisher, Refused

log = structlog.get_logger(__name__)


class Delivery:
    """Publishes the outcomes of a batch in one transaction, or in several where the brokers refuse one of them.

    1. Publish all. If the brokers refuse a record, publish the first half, then the second, and so on.
    2. A single outcome that they refuse for good becomes a reduced dead letter: reason and coordinates alone.
    3. One that they refuse even so, or until somebody mends their settings, holds its partition; others go on.
    """

    def __init__(self, publisher: Publisher, consumer: Consumer, held: HeldPartitions) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self._held = held

    def deliver(self, outcomes: Sequence[Outcome]) -> Iterator[Sequence[Outcome]]:
        """Yield what was committed, after each transaction.

        Raises:
            NotCommitted: if a transaction was aborted for another reason; what was not yielded is polled again.
        """
        todo = deque([outcomes])
        while todo:
            part = self._publishable(todo.popleft())
            if not part:
                continue
            try:
                self._publisher.publish(part, offsets_after(part), self._consumer.group())
            except Refused as refusal:
                log.warning("brokers refuse an outcome", images=len(part), why=str(refusal))
                todo.extendleft(reversed(self._smaller(part, refusal)))
            else:
                self._held.gone_on(map(partition_of, part))
                yield part

    def _publishable(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        waiting = self._held.waiting()
        return [outcome for outcome in outcomes if partition_of(outcome) not in waiting]

    def _smaller(self, part: Sequence[Outcome], refusal: Refused) -> list[Sequence[Outcome]]:
        """What to publish in place of what was refused."""
        if len(part) > 1:
            half = len(part) // 2
            return [part[:half], part[half:]]
        (outcome,) = part
        if refusal.is_final and not (isinstance(outcome, DeadLetter) and outcome.refusal):
            return [[_reduced(outcome, str(refusal))]]
        self._held.hold(partition_of(outcome), outcome.record.offset, f"the brokers refuse its outcome: {refusal}")
        return []


def partition_of(outcome: Outcome) -> TopicPartition:
    """The partition that the image came from."""
    return TopicPartition(outcome.record.topic, outcome.record.partition)


def offsets_after(outcomes: Sequence[Outcome]) -> dict[TopicPartition, OffsetAndMetadata]:
    """The offsets to commit with these outcomes, those after their last images."""
    ends: dict[TopicPartition, int] = {}
    for outcome in outcomes:
        partition = partition_of(outcome)
        ends[partition] = max(ends.get(partition, 0), outcome.record.offset + 1)
    return {partition: OffsetAndMetadata(end, "", -1) for partition, end in ends.items()}


def _reduced(outcome: Outcome, refusal: str) -> DeadLetter:
    """The least that can be said of an image: that there was one, and why it has no other outcome."""
    if isinstance(outcome, DeadLetter):
        return replace(outcome, refusal=refusal)
    why = ImageRejected(
        Reason.UNPUBLISHABLE,
        f"expected brokers that take the verdict on {source_of(outcome.record)}, found: {refusal}; "
        "raise max.message.bytes of the topic of verdicts",
    )
    return DeadLetter(outcome.record, outcome.verdict.stream, why, refusal=refusal)
