"""Held partitions: at their next image the line is stuck; they wait while the others go on, and are tried again."""

import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import structlog
from kafka import TopicPartition

from service.metrics import Metrics
from service.status import Status
from service.stream.consumer import Consumer

log = structlog.get_logger(__name__)

RETRY_SECONDS = 10.0
"""How long a held partition waits before its image is tried again: somebody may have mended the cause."""


@dataclass(frozen=True, slots=True)
class _Held:
    offset: int
    why: str
    retry_at: float
    waits: bool
    """Whether it is not polled at present; otherwise it is being tried."""


class HeldPartitions:
    """Which partitions are stuck, and where; reports to metrics, /live and log until they have gone on."""

    def __init__(
        self, consumer: Consumer, metrics: Metrics, status: Status, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._consumer = consumer
        self._metrics = metrics
        self._status = status
        self._clock = clock
        self._held: dict[TopicPartition, _Held] = {}

    def waiting(self) -> AbstractSet[TopicPartition]:
        """The partitions whose images are not to be published now."""
        return {partition for partition, held in self._held.items() if held.waits}

    def hold(self, partition: TopicPartition, offset: int, why: str) -> None:
        """Go back to an image that cannot be accounted for, and leave its partition alone for a while."""
        before = self._held.get(partition)
        if before is None or (before.offset, before.why) != (offset, why):
            log.error(
                "partition stuck, its images wait while others go on",
                source=f"{partition.topic}/{partition.partition}/{offset}",
                why=why,
                see="docs/runbooks.md#linewatchpartitionstuck",
            )
        self._held[partition] = _Held(offset, why, self._clock() + RETRY_SECONDS, waits=True)
        self._consumer.hold(partition, offset)
        self._report(partition)

    def retry_due(self) -> None:
        """Poll those again that have waited long enough; forget those that another replica has now."""
        assigned, now = self._consumer.assigned(), self._clock()
        self.gone_on(self._held.keys() - assigned)
        for partition, held in self._held.items():
            if held.waits and now >= held.retry_at:
                self._consumer.release(partition)
                self._held[partition] = _Held(held.offset, held.why, held.retry_at, waits=False)

    def gone_on(self, partitions: Iterable[TopicPartition]) -> None:
        """These have gone on, here or elsewhere."""
        for partition in set(partitions) & self._held.keys():
            held = self._held.pop(partition)
            log.info("partition goes on", source=f"{partition.topic}/{partition.partition}/{held.offset}")
            self._report(partition)

    def _report(self, partition: TopicPartition) -> None:
        labels = (partition.topic, str(partition.partition))
        if partition in self._held:
            self._metrics.partition_stuck.labels(*labels).set(1)
        else:
            self._metrics.partition_stuck.remove(*labels)
        self._status.set_stuck(
            [
                f"stuck at {each.topic}/{each.partition}/{held.offset}: {held.why}"
                for each, held in sorted(self._held.items())
            ]
        )
