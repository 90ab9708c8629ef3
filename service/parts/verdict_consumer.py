"""The Kafka consumer of verdicts: which partitions are new here, and where the group stands in them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from service.parts.standing import Standing, decode
from service.stream.consumer import LOOK_MS, Consumer
from service.stream.waiting import never

log = structlog.get_logger(__name__)

END_MS = 10_000
"""How long the end of a new partition is waited for."""


class VerdictConsumer(Consumer):
    """Polls verdicts; tells of partitions that are new, whose state has to be rebuilt. Belongs to one thread."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        topic: str,
        stopped: Callable[[], bool] = never,
        joined: Callable[[], None] = lambda: None,
    ) -> None:
        self._new: set[TopicPartition] = set()
        super().__init__(consumer, topic, stopped, joined)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._new |= set(assigned)
        super().on_partitions_assigned(assigned)

    def take_new(self) -> AbstractSet[TopicPartition]:
        """Partitions that were assigned since the last call: what was polled from them before is void."""
        new, self._new = self._new, set()
        return new

    def go_back(self, partition: TopicPartition) -> Standing:
        """Go to where the state of the group's last commit can be rebuilt from; gives that commit.

        Raises:
            KafkaError: if the brokers do not answer.
            Stopped: if a stop was requested meanwhile.
        """
        self._committed(partition)  # the first answer may be of an earlier request
        committed = self._committed(partition, metadata=True)
        if committed is None:
            self._consumer.seek_to_beginning(partition)
            return Standing()
        where = f"{partition.topic}/{partition.partition}"
        end = self._consumer.end_offsets([partition], timeout_ms=END_MS)[partition]
        if committed.offset > end:
            log.warning(
                "topic made anew, reading it from its beginning", partition=where, end=end, was=committed.offset
            )
            self._consumer.seek_to_beginning(partition)
            return Standing()
        try:
            standing = Standing(committed.offset, decode(committed.metadata or ""))
        except ValueError as error:
            log.warning("commit not of linewatch parts: no part is open there", partition=where, why=str(error))
            standing = Standing(committed.offset)
        self._consumer.seek(partition, standing.window_start)
        return standing

    def ends(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where partitions end now; nothing while the brokers do not answer."""
        try:
            found: Mapping[TopicPartition, int] = self._consumer.end_offsets(list(partitions), timeout_ms=LOOK_MS)
        except KafkaTimeoutError:
            return {}
        return found

    def read_up_to(self, partition: TopicPartition) -> int:
        """The offset up to which all was polled; control records of transactions are passed over, too."""
        return self._position(partition) or 0
