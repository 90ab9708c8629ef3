"""Unpacking of fetched batches that no record can stop: what cannot be read, or is too large, is passed on as that.

kafka-python 3.0 raises where a batch cannot be unpacked, at every poll again, and decompresses whatever is sent. This
replaces that one step of its consumer by a class of its own, whose name and place are private (ADR 14).
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord, Fetcher
from kafka.protocol.consumer import IsolationLevel
from kafka.record import MemoryRecords
from kafka.record.default_records import DefaultRecordBatch

from service.record.decompression import decompress
from service.record.messages import Record
from service.record.record_format import BATCH_BYTES, MOST_HEADERS, Fields, Malformed, Oversized, parse_records
from service.record.unreadable import UnreadableRecord
from service.scoring.image import ImageRejected, Reason

log = structlog.get_logger(__name__)

FORMAT = 2
"""Of batches that Kafka's producers write since 0.11; older ones are left to the client."""


def read_all(consumer: KafkaConsumer, largest_record: int) -> KafkaConsumer:
    """Have a new consumer pass on an UnreadableRecord where it would fail, or keep more than `largest_record` bytes."""
    fetcher = consumer._fetcher  # noqa: SLF001 - no public way to unpack otherwise
    if not hasattr(fetcher, "PartitionRecords"):
        raise AttributeError("expected kafka-python 3.0, whose fetcher unpacks with PartitionRecords")
    fetcher.PartitionRecords = partial(PatientRecords, largest_record)
    return consumer


class PatientRecords(Fetcher.PartitionRecords):  # type: ignore[misc] # untyped library
    """The records of one partition in one answer of a broker, in order, readable or not."""

    def __init__(self, largest_record: int, *fetched: Any, **options: Any) -> None:
        self._room = largest_record
        super().__init__(*fetched, **options)

    next_fetch_offset: int

    def _unpack_records(self, _partition: TopicPartition, records: MemoryRecords, *_: object) -> Iterator[Record]:
        """Called by the client; the position to fetch next is `next_fetch_offset`, right after each record."""
        while True:
            try:
                batch = records.next_batch()
            except Exception as error:  # noqa: BLE001 - whatever the bytes raise, they stop no partition
                yield self._unreadable(self.next_fetch_offset, Reason.UNREADABLE_RECORD, error)
                break
            if batch is None:
                break
            if batch.magic != FORMAT:
                yield from self._old_batch(batch)
            elif not batch.validate_crc():
                yield from self._damaged(batch)
                break  # what follows is fetched again: nobody knows how many offsets this batch has
            else:
                if not self._is_skipped(batch):
                    yield from self._records(batch)
                self.next_fetch_offset = max(self.next_fetch_offset, batch.next_offset)
        self.drain()

    def _records(self, batch: DefaultRecordBatch) -> Iterator[Record]:
        self.leader_epoch = batch.leader_epoch
        expected = batch.base_offset
        packed = bytes(memoryview(batch._buffer)[batch.HEADER_STRUCT.size :])  # noqa: SLF001 - the only way to them
        try:
            unpacked = decompress(batch.compression_type, packed)
            for fields in parse_records(unpacked, batch.records_count, self._room):
                if expected > batch.last_offset:
                    raise ValueError(f"expected records up to offset {batch.last_offset}, found more")  # noqa: TRY301 - one way out
                if isinstance(fields, Malformed):
                    yield self._unreadable(expected, Reason.UNREADABLE_RECORD, fields)
                    expected += 1
                    continue
                offset = batch.base_offset + fields.offset_delta
                if not expected <= offset <= batch.last_offset:
                    raise ValueError(f"expected offset {expected} or later within its batch, found {offset}")  # noqa: TRY301 - one way out
                yield self._record(batch, offset, fields)
                expected = offset + 1
        except Oversized as error:
            yield from self._rest(batch, Reason.TOO_LARGE, error)
        except Exception as error:  # noqa: BLE001 - whatever a codec raises, it stops no partition
            yield from self._rest(batch, Reason.UNREADABLE_RECORD, error)

    def _record(self, batch: DefaultRecordBatch, offset: int, fields: Fields) -> Record:
        topic, partition = self.topic_partition
        timestamp = batch.max_timestamp if batch.timestamp_type else batch.first_timestamp + fields.timestamp_delta
        self.next_fetch_offset = offset + 1
        if not fields.is_whole:
            why = ImageRejected(
                Reason.TOO_LARGE,
                f"expected a record of at most {self._room} bytes uncompressed and {MOST_HEADERS} headers, found "
                f"{fields.size} bytes or more headers; send less, or raise max_image_bytes",
            )
            return UnreadableRecord(topic, partition, offset, timestamp, why, fields.key, headers=fields.headers)
        self.records_read += 1
        self.bytes_read += fields.size
        sizes = (-1 if each is None else len(each) for each in (fields.key, fields.value))
        record: Record = ConsumerRecord(
            topic,
            partition,
            self.leader_epoch,
            offset,
            timestamp,
            batch.timestamp_type,
            fields.key,
            fields.value,
            fields.headers,
            None,
            *sizes,
            -1,
        )
        return record

    def _damaged(self, batch: DefaultRecordBatch) -> Iterator[Record]:
        """A batch with another checksum. If its header contradicts itself, it is trusted for one offset at a time."""
        different = ValueError("its checksum differs")
        if batch.records_count == batch.last_offset_delta + 1:
            yield from self._rest(batch, Reason.UNREADABLE_RECORD, different)
        else:
            offset = max(self.next_fetch_offset, batch.base_offset)
            yield self._unreadable(offset, Reason.UNREADABLE_RECORD, different)

    def _rest(self, batch: DefaultRecordBatch, reason: Reason, error: Exception) -> Iterator[Record]:
        """Every offset of a batch from the next one on."""
        for offset in range(max(self.next_fetch_offset, batch.base_offset), batch.last_offset + 1):
            yield self._unreadable(offset, reason, error)

    def _unreadable(self, offset: int, reason: Reason, error: Exception) -> Record:
        topic, partition = self.topic_partition
        self.next_fetch_offset = offset + 1
        found = str(error)[:200] or type(error).__name__
        limit = f" of at most {BATCH_BYTES} bytes a batch" if reason is Reason.TOO_LARGE else ""
        return UnreadableRecord(
            topic,
            partition,
            offset,
            timestamp=-1,
            rejection=ImageRejected(
                reason,
                f"expected a record{limit} that can be unpacked at {topic}/{partition}/{offset}, found: {found}; "
                "send the image again, and look at the producer's compression and at the brokers' disks",
            ),
        )

    def _old_batch(self, batch: Any) -> Iterator[Record]:
        """Records in the formats before Kafka 0.11, of which each batch holds one, or is compressed as one."""
        topic, partition = self.topic_partition
        try:
            if not batch.validate_crc():
                raise ValueError("its checksum differs")  # noqa: TRY301 - one way out
            for each in batch:
                self.next_fetch_offset = each.offset + 1
                timestamp = -1 if each.timestamp is None else each.timestamp
                yield ConsumerRecord(
                    topic, partition, -1, each.offset, timestamp, 0, each.key, each.value, [], None, -1, -1, -1
                )
        except Exception as error:  # noqa: BLE001 - as above
            for offset in range(self.next_fetch_offset, batch.base_offset + 1):
                yield self._unreadable(offset, Reason.UNREADABLE_RECORD, error)

    def _is_skipped(self, batch: DefaultRecordBatch) -> bool:
        """Whether a batch is of an aborted transaction, or marks the end of one."""
        if self.isolation_level == IsolationLevel.READ_COMMITTED and batch.has_producer_id():
            self._consume_aborted_transactions_up_to(batch.last_offset)
            if self._contains_abort_marker(batch):
                self.aborted_producer_ids.discard(batch.producer_id)
            elif self._is_batch_aborted(batch):
                return True
        return bool(batch.is_control_batch)
