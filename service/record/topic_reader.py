"""Reading a topic back: from a time to its end, record by record, or records picked by their coordinates."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from types import TracebackType
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from service.record.clients import make_reader
from service.record.errors import StreamError, unreachable
from service.record.messages import Record, Source
from service.record.topics import refuse_forbidden
from service.record.unreadable import ReadableRecords
from service.settings.record import RecordSettings

POLL_MS = 500
"""How long one poll waits for records."""

FETCH_POLLS = 20
"""Polls without an answer before a record counts as gone."""

PATIENCE_SECONDS = 60.0
"""Brokers that bring nothing for this long while a topic is read to its end count as away. An open transaction holds
readers back for up to TRANSACTION_TIMEOUT_MS."""

JUMP = 200
"""When records are picked, a gap of more offsets than this is skipped by a seek; a smaller one is read."""


class TopicReader:
    """Reader of all partitions of one topic, outside of any consumer group; belongs to one thread.

    Within a partition records come in order; partitions are mixed. Only committed records are returned, and of these
    the readable ones: others are counted and logged.
    """

    def __init__(self, settings: RecordSettings, topic: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Connect and go to the beginning.

        Raises:
            StreamError: if no broker answers or there is no such topic.
        """
        self._settings = settings
        self._topic = topic
        self._patience_seconds = patience_seconds
        self._readable = ReadableRecords()
        with _kafka_errors(settings):
            self._consumer: KafkaConsumer = make_reader(settings)
            numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            self._consumer.close()
            with _kafka_errors(settings):
                refuse_forbidden(settings, {topic: "read"})
            raise StreamError(
                f"expected topic {topic} on {settings.bootstrap_servers}, found none; "
                "create it with linewatch topics, or correct the topic settings"
            )
        self._partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        self._consumer.assign(self._partitions)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._readable.report()
        self._consumer.close()

    def seek(self, start: datetime | None) -> None:
        """Go to the first records written at or after a time; None is the beginning.

        Raises:
            StreamError: if the brokers do not answer.
        """
        with _kafka_errors(self._settings):
            self._consumer.assign(self._partitions)
            if start is None:
                self._consumer.seek_to_beginning(*self._partitions)
                return
            since = round(start.timestamp() * 1000)
            found = self._consumer.offsets_for_times(dict.fromkeys(self._partitions, since))
            ends = self._consumer.end_offsets(self._partitions)
            for partition in self._partitions:
                start_at = found.get(partition)
                self._consumer.seek(partition, ends[partition] if start_at is None else start_at.offset)

    def poll(self) -> list[Record]:
        """The next records, after waiting a moment for them; maybe none.

        Raises:
            StreamError: if the brokers do not answer.
        """
        with _kafka_errors(self._settings):
            polled = self._consumer.poll(timeout_ms=POLL_MS)
        return self._readable.of(record for records in polled.values() for record in records)

    def to_end(self) -> Iterator[Record]:
        """The records from here to the present end; those written meanwhile are left for later.

        Raises:
            StreamError: if the brokers do not answer, or bring nothing more.
        """
        with _kafka_errors(self._settings):
            ends = self._consumer.end_offsets(self._partitions)
        positions, deadline = self._positions(), monotonic() + self._patience_seconds
        while any(positions[partition] < end for partition, end in ends.items()):
            yield from (record for record in self.poll() if record.offset < ends[_partition_of(record)])
            before, positions = positions, self._positions()
            if positions != before:
                deadline = monotonic() + self._patience_seconds
            elif monotonic() > deadline:
                behind = next(partition for partition, end in ends.items() if positions[partition] < end)
                raise StreamError(
                    f"expected records up to {ends[behind]} of {behind.topic}/{behind.partition} from "
                    f"{self._settings.bootstrap_servers}, found none after {positions[behind]} for "
                    f"{self._patience_seconds:g} seconds; check the brokers and try again"
                )

    def fetch(self, source: Source) -> Record | None:
        """One record of the topic by its coordinates; None if it is gone, or never was.

        Raises:
            StreamError: if the brokers do not answer.
        """
        partition = TopicPartition(source.topic, source.partition)
        if partition not in self._partitions:
            return None
        with _kafka_errors(self._settings):
            first = self._consumer.beginning_offsets([partition])[partition]
            end = self._consumer.end_offsets([partition])[partition]
            if not first <= source.offset < end:
                return None
            self._consumer.assign([partition])
            self._consumer.seek(partition, source.offset)
            for _ in range(FETCH_POLLS):
                for record in self._consumer.poll(timeout_ms=POLL_MS, max_records=1).get(partition, ()):
                    found = self._readable.of([record])
                    return record if found and record.offset == source.offset else None
        return None

    def pick(self, sources: Iterable[Source]) -> Iterator[Record]:
        """The records at these coordinates, partition by partition, in order; those that are gone are skipped.

        Raises:
            StreamError: if the brokers do not answer.
        """
        wanted: dict[TopicPartition, set[int]] = {partition: set() for partition in self._partitions}
        for source in sources:
            wanted.get(TopicPartition(source.topic, source.partition), set()).add(source.offset)
        for partition, offsets in wanted.items():
            yield from self._pick(partition, offsets)

    def _pick(self, partition: TopicPartition, offsets: set[int]) -> Iterator[Record]:
        if not offsets:
            return
        with _kafka_errors(self._settings):
            first = self._consumer.beginning_offsets([partition])[partition]
            end = self._consumer.end_offsets([partition])[partition]
            self._consumer.assign([partition])
            self._consumer.seek(partition, first)
        position, empty_polls = first, 0
        ahead = deque(sorted(offset for offset in offsets if first <= offset < end))
        while ahead:
            with _kafka_errors(self._settings):
                if ahead[0] - position > JUMP:
                    position = ahead[0]
                    self._consumer.seek(partition, position)
                records = self._consumer.poll(timeout_ms=POLL_MS).get(partition, ())
                reached = self._position(partition)
            empty_polls = 0 if reached > position else empty_polls + 1
            if empty_polls == FETCH_POLLS:
                raise StreamError(
                    f"expected record {ahead[0]} of {partition.topic}/{partition.partition} from "
                    f"{self._settings.bootstrap_servers}, found no answer; check the brokers and try again"
                )
            yield from self._readable.of(record for record in records if record.offset in offsets)
            position = reached
            while ahead and ahead[0] < position:  # also those that are gone: of aborted transactions, or compacted
                ahead.popleft()

    def _positions(self) -> dict[TopicPartition, int]:
        with _kafka_errors(self._settings):
            return {partition: self._position(partition) for partition in self._partitions}

    def _position(self, partition: TopicPartition) -> int:
        # Transaction markers take offsets too, so the last record's offset is not the position. Without a time limit
        # the client would wait for absent brokers forever; with one it may know no position yet.
        return int(self._consumer.position(partition, timeout_ms=POLL_MS) or 0)


def _partition_of(record: Record) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


@contextmanager
def _kafka_errors(settings: RecordSettings) -> Iterator[None]:
    """Turns the client's errors into a StreamError of one sentence."""
    try:
        yield
    except KafkaError as error:
        raise unreachable(settings, error) from error
