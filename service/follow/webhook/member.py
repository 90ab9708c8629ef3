"""A member of the group that sends: polls verdicts, pauses partitions whose lane is full, commits what was taken."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from service.stream.consumer import Consumer

log = structlog.get_logger(__name__)

COMMIT_MS = 5_000


class Member(Consumer):
    """A consumer whose partitions wait one by one; belongs to one thread."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        topic: str,
        dropped: Callable[[Iterable[TopicPartition]], None],
        stopped: Callable[[], bool],
        joined: Callable[[], None],
    ) -> None:
        """`dropped` is called with partitions that others will have, while a call waits for the brokers."""
        self._dropped = dropped
        self._paused: set[TopicPartition] = set()
        self._fails = False
        super().__init__(consumer, topic, stopped, joined)

    def pause_at(self, partition: TopicPartition, offset: int) -> None:
        """Poll nothing of a partition until `resume`, then from this offset on."""
        if partition in self._consumer.assignment():
            self._paused.add(partition)
            self._consumer.pause(partition)
            self._consumer.seek(partition, offset)
            self._forget_unpacked(partition)

    def is_paused(self, partition: TopicPartition) -> bool:
        """Whether what was polled of it is to be dropped: it comes again."""
        return partition in self._paused

    def resume(self, may_go_on: Callable[[TopicPartition], bool]) -> None:
        """Poll those partitions again for which there is room."""
        for partition in [each for each in self._paused if may_go_on(each)]:
            self._paused.discard(partition)
            if partition in self._consumer.assignment():
                self._consumer.resume(partition)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Commit these offsets, as far as the partitions are ours; False if that is not known to be done."""
        mine = self._consumer.assignment()
        wanted = {each: OffsetAndMetadata(offset, "", -1) for each, offset in offsets.items() if each in mine}
        if not wanted or self.group() is None:
            return not wanted
        try:
            self._consumer.commit(wanted, timeout_ms=COMMIT_MS)
        except KafkaError as error:  # of a rebalance, or they are away: what is not committed may be sent again
            if not self._fails:
                log.warning("offsets cannot be committed, trying again", why=str(error) or type(error).__name__)
            self._fails = True
            return False
        if self._fails:
            log.info("offsets are committed again")
        self._fails = False
        return True

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._leave(revoked)
        super().on_partitions_revoked(revoked)

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        self._leave(lost)
        super().on_partitions_lost(lost)

    def _leave(self, partitions: Any) -> None:
        self._paused -= set(partitions)
        self._dropped(partitions)
