"""A Kafka consumer of images or verdicts: one member of the group, its partitions and its positions in them."""

import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.structs import ConsumerGroupMetadata

from service.record.messages import Record
from service.stream.waiting import never, within
from service.threads import Stopped

log = structlog.get_logger(__name__)

IDLE_POLL_MS = 200
"""How long to wait for images when there is nothing else to do; also how soon a stop is noticed."""

LOOK_MS = 500
"""How soon a stop is noticed while the brokers are asked for offsets."""

REWIND_MS = 60_000
"""Longer than another replica's transaction can last: an answer that takes longer will not come."""

LEAVE_SECONDS = 2.0


def leave_group(client: KafkaConsumer) -> None:
    """Close a consumer, so that other members take over at once; absent brokers notice by themselves later."""
    with suppress(KafkaError):
        within(LEAVE_SECONDS, client.close)


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc] # untyped library
    """Polls images and remembers the partitions that were revoked since they were polled.

    Belongs to one thread. The rebalance callbacks come from the client's own thread, but only while that
    one thread waits inside a call of the consumer.
    """

    def __init__(
        self,
        consumer: KafkaConsumer,
        topic: str,
        stopped: Callable[[], bool] = never,
        joined: Callable[[], None] = lambda: None,
    ) -> None:
        """`joined` is called when partitions are assigned, while `poll` still waits for the first image."""
        self._stopped = stopped
        self._joined = joined
        self._consumer = consumer
        self._revoked: set[TopicPartition] = set()
        _forget_partitions_with_membership(consumer)
        consumer.subscribe([topic], listener=self)

    def poll(self, most: int, *, wait: bool) -> list[Record]:
        """The next images, at most so many; with `wait`, waits up to IDLE_POLL_MS for the first."""
        polled = self._consumer.poll(timeout_ms=IDLE_POLL_MS if wait else 0, max_records=most)
        self._keep_joining()
        return [record for records in polled.values() for record in records]

    def assigned(self) -> AbstractSet[TopicPartition]:
        """The partitions that this replica has."""
        assigned: AbstractSet[TopicPartition] = self._consumer.assignment()
        return assigned

    def hold(self, partition: TopicPartition, offset: int) -> None:
        """Go back to an offset and poll nothing from there until `release`; what was polled before is void."""
        if partition in self._consumer.assignment():
            self._consumer.pause(partition)
            self._consumer.seek(partition, offset)
            self._revoked.add(partition)
            self._forget_unpacked(partition)

    def release(self, partition: TopicPartition) -> None:
        """Poll a held partition again, from where the group stands by now; what was polled before is void.

        Raises:
            KafkaError: if the brokers do not answer.
            Stopped: if a stop was requested meanwhile.
        """
        self._go_back(partition)
        self._consumer.resume(partition)
        self._revoked.add(partition)

    def take_revoked(self) -> AbstractSet[TopicPartition]:
        """Partitions revoked or held since the last call: what was polled from them before is not ours to publish."""
        revoked, self._revoked = self._revoked, set()
        return revoked

    def group(self) -> ConsumerGroupMetadata | None:
        """Our membership, for fencing a commit; None while we are not a member (evicted, or not yet joined)."""
        metadata = self._consumer.group_metadata()
        # A commit without a generation would not be fenced: the broker takes it for a plain client's.
        return metadata if metadata.generation_id >= 0 else None

    def rewind(self) -> None:
        """Go back to the committed offsets, so that what was polled and not committed is polled again.

        Raises:
            KafkaError: if the brokers do not answer.
            Stopped: if a stop was requested meanwhile.
        """
        for partition in self._consumer.assignment():
            self._go_back(partition)

    def lag(self) -> dict[TopicPartition, int]:
        """Records that wait for us, by partition: log end minus position, as far as both are known."""
        return {
            partition: max(0, end - position)
            for partition in self._consumer.assignment()
            if (position := self._position(partition)) is not None
            and (end := self._consumer.highwater(partition)) is not None
        }

    def close(self) -> None:
        """Leave the group, so that other replicas take over at once."""
        self._consumer.close()

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._revoked |= set(revoked)
        log.info("partitions revoked", partitions=_numbers(revoked))

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        self._revoked |= set(lost)
        log.warning("partitions lost: this replica was away too long", partitions=_numbers(lost))

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        log.info("partitions assigned", partitions=_numbers(assigned))
        self._joined()

    def _go_back(self, partition: TopicPartition) -> None:
        # kafka-python 3.0.12 may answer with the result of an earlier request that nobody waited for; so ask twice.
        self._committed(partition)
        committed = self._committed(partition)
        if committed is None:
            self._consumer.seek_to_beginning(partition)
        else:
            self._consumer.seek(partition, committed)

    def _committed(self, partition: TopicPartition, **options: bool) -> Any:
        """Ask for the group's offset (None: there is none), a moment at a time, so that a stop is noticed.

        `options` are the client's: with `metadata` the answer is an OffsetAndMetadata.
        """
        deadline = time.monotonic() + REWIND_MS / 1000.0
        while True:
            try:
                return self._consumer.committed(partition, timeout_ms=LOOK_MS, **options)
            except KafkaTimeoutError:
                if self._stopped():
                    raise Stopped("a stop was requested") from None
                if time.monotonic() > deadline:
                    raise

    def _forget_unpacked(self, partition: TopicPartition) -> None:
        # kafka-python 3.0.12 puts these aside for a paused partition, and takes them back only by chance: until then it
        # fetches nothing of the partition.
        unpacked = self._consumer._fetcher._next_partition_records  # noqa: SLF001 - no public way to drop them
        if unpacked is not None and unpacked.topic_partition == partition:
            unpacked.drain()

    def _keep_joining(self) -> None:
        # Without this, kafka-python 3.0.12 forgets a join that outlasts a poll, and with it the group (ADR 5).
        coordinator = self._consumer._coordinator  # noqa: SLF001 - no public way to ask for a join
        if coordinator._join_task is not None:  # noqa: SLF001 - as above
            coordinator.request_rejoin()

    def _position(self, partition: TopicPartition) -> int | None:
        # position() itself may wait for the brokers, and a gauge must never do that.
        state = self._consumer._subscription.assignment.get(partition)  # noqa: SLF001 - highwater() reads it so too
        return None if state is None or state.position is None else int(state.position.offset)


def _forget_partitions_with_membership(consumer: KafkaConsumer) -> None:
    """Have every lost membership cost the partitions, and our positions in them, before the group is joined again.

    A member of kafka-python 3.0.12 that loses its membership while it joins keeps both, joins with them, and goes on
    where it was, although others have had the partitions since (in Java this was KAFKA-12983). And whenever it was
    lost, its assignor still claims the partitions, so that two members may have them at once (ADR 18).
    """
    coordinator = consumer._coordinator  # noqa: SLF001 - no public way to prepare a join
    reset = coordinator.reset_generation

    def reset_and_prepare_anew(*arguments: Any, **options: Any) -> None:
        reset(*arguments, **options)
        coordinator.rejoining = False
        for assignor in coordinator._assignors.values():  # noqa: SLF001 - as above
            assignor.member_assignment = None

    coordinator.reset_generation = reset_and_prepare_anew


def _numbers(partitions: Iterable[TopicPartition]) -> list[int]:
    return sorted(partition.partition for partition in partitions)
