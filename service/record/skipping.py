"""Skipping a record by hand: a dead letter in its place and the group's offset behind it, in one transaction."""

import time
from contextlib import closing

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from service.record.clients import make_admin, make_producer, make_reader, transactional_id
from service.record.dead_letter import dead_letter_headers
from service.record.errors import StreamError
from service.record.messages import Source
from service.record.unreadable import UnreadableRecord
from service.scoring.image import ImageRejected, Reason
from service.settings.run import RunSettings

WAIT_MS, LOOK_MS = 30_000, 500


def skip(settings: RunSettings, source: Source, why: str) -> None:
    """Give a record up: publish a dead letter `unreadable_record` and move the group behind it.

    Raises:
        StreamError: if the group has members, stands elsewhere, or the brokers refuse; nothing is changed then.
    """
    partition = TopicPartition(source.topic, source.partition)
    if source.topic != settings.images_topic:
        raise StreamError(
            f"expected a record of images_topic {settings.images_topic}, found {source}; correct one of them"
        )
    try:
        with closing(make_admin(settings)) as admin:
            _check_no_members(admin, settings.group)
            committed = _committed(admin, settings.group, partition)
        _check_position(settings, source, partition, committed)
        with closing(make_producer(settings, transactional_id(settings.group, settings.instance))) as producer:
            _publish(producer, settings, source, why)
    except KafkaError as error:
        raise StreamError(f"expected the brokers to skip {source}, found: {error}; nothing is changed") from error


def _check_no_members(admin: KafkaAdminClient, group: str) -> None:
    members = admin.describe_groups([group])[group]["members"]
    if members:
        raise StreamError(
            f"expected no running replicas of group {group}, which might give the record its verdict meanwhile, "
            f"found {len(members)}; stop them, skip, and start them again"
        )


def _committed(admin: KafkaAdminClient, group: str, partition: TopicPartition) -> int | None:
    found = admin.list_group_offsets({group: [partition]})[group].get(partition)
    return None if found is None or found.offset < 0 else int(found.offset)


def _check_position(settings: RunSettings, source: Source, partition: TopicPartition, committed: int | None) -> None:
    with closing(make_reader(settings)) as reader:
        first = reader.beginning_offsets([partition], timeout_ms=WAIT_MS)[partition]
        end = reader.end_offsets([partition], timeout_ms=WAIT_MS)[partition]
        stands = first if committed is None else max(first, committed)
        following = _following(reader, partition, stands) if stands < source.offset < end else stands
    if following != source.offset or source.offset >= end:
        raise StreamError(
            f"expected a record where group {settings.group} stands, at offset {following} of {first} to {end}, "
            f"found {source}; only the next record can be skipped"
        )


def _following(reader: KafkaConsumer, partition: TopicPartition, offset: int) -> int:
    """The offset of the next record from there on: ends of transactions take offsets, too, and so do aborted ones."""
    reader.assign([partition])
    reader.seek(partition, offset)
    deadline = time.monotonic() + WAIT_MS / 1000
    while time.monotonic() < deadline:  # an answer with nothing but ends ends the wait of one poll
        if polled := reader.poll(timeout_ms=LOOK_MS, max_records=1).get(partition):
            return int(polled[0].offset)
    return offset


def _publish(producer: KafkaProducer, settings: RunSettings, source: Source, why: str) -> None:
    rejection = ImageRejected(Reason.UNREADABLE_RECORD, f"expected a record that can be read, skipped by hand: {why}")
    record = UnreadableRecord(source.topic, source.partition, source.offset, -1, rejection)
    behind = {TopicPartition(source.topic, source.partition): OffsetAndMetadata(source.offset + 1, "", -1)}
    producer.init_transactions()
    producer.begin_transaction()
    sent = producer.send(settings.dead_letter_topic, b"", headers=dead_letter_headers(record, rejection))
    producer.flush()
    sent.get(timeout=0)
    producer.send_offsets_to_transaction(behind, ConsumerGroupMetadata(settings.group, -1, "", None))
    producer.commit_transaction()
