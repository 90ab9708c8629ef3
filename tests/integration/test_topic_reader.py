"""Reading topics back from a real broker."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.devtools.broker.local import LocalKafka
from service.record.errors import StreamError
from service.record.messages import Source
from service.record.topic_reader import TopicReader
from service.settings.every import Settings
from tests.support.broker import Topics
from tests.support.service import wait_until

pytestmark = pytest.mark.integration

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def settings(kafka: LocalKafka) -> Settings:
    return Settings(bootstrap_servers=kafka.bootstrap_servers)


@pytest.fixture
def written(kafka: LocalKafka, topics: Topics) -> list[Source]:
    """Where 40 records stand, one a minute from noon on; then 5 that were never committed."""
    with closing(KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, transactional_id=topics.images)) as producer:
        producer.init_transactions()
        producer.begin_transaction()
        sent = [_send(producer, topics.images, minute) for minute in range(40)]
        producer.commit_transaction()
        producer.begin_transaction()
        for minute in range(40, 45):
            _send(producer, topics.images, minute)
        producer.flush()
        producer.abort_transaction()
    _wait_for_markers(kafka, topics.images)
    return [Source(topic=topics.images, partition=each.partition, offset=each.offset) for each in sent]


def _wait_for_markers(kafka: LocalKafka, topic: str) -> None:
    """Brokers confirm the end of a transaction before its markers, behind 10 records and another, can be read."""
    partitions = [TopicPartition(topic, number) for number in range(4)]
    with closing(
        KafkaConsumer(bootstrap_servers=kafka.bootstrap_servers, isolation_level="read_committed")
    ) as consumer:
        wait_until(lambda: min(consumer.end_offsets(partitions).values()) > 12, "the markers of both transactions")


def _send(producer: KafkaProducer, topic: str, minute: int):  # type: ignore[no-untyped-def] # noqa: ANN202 - untyped library
    at = round((NOON + timedelta(minutes=minute)).timestamp() * 1000)
    return producer.send(topic, b"%d" % minute, partition=minute % 4, timestamp_ms=at).get(timeout=60)


@pytest.fixture
def reader(settings: Settings, topics: Topics) -> Iterator[TopicReader]:
    with TopicReader(settings, topics.images) as found:
        yield found


def test_everything_committed_is_read_to_the_end(written: list[Source], reader: TopicReader) -> None:
    reader.seek(None)
    assert sorted(int(record.value or b"") for record in reader.to_end()) == list(range(len(written)))
    assert list(reader.to_end()) == []


def test_reading_begins_at_a_time(written: list[Source], reader: TopicReader) -> None:
    reader.seek(NOON + timedelta(minutes=30))
    assert sorted(int(record.value or b"") for record in reader.to_end()) == list(range(30, len(written)))
    reader.seek(NOON + timedelta(days=1))
    assert list(reader.to_end()) == []


def test_one_record_is_found_by_its_coordinates(written: list[Source], reader: TopicReader) -> None:
    found = [reader.fetch(source) for source in (written[17], written[3])]
    assert [record.value for record in found if record] == [b"17", b"3"]


def test_what_never_was_is_none(written: list[Source], reader: TopicReader) -> None:
    assert reader.fetch(written[0].model_copy(update={"offset": 10_000})) is None
    assert reader.fetch(written[0].model_copy(update={"partition": 99})) is None
    aborted = written[0].model_copy(update={"offset": 11})  # each partition has ten records, then a mark
    assert reader.fetch(aborted) is None


def test_a_missing_topic_is_named(settings: Settings) -> None:
    with pytest.raises(StreamError, match=r"expected topic no\.such"):
        TopicReader(settings, "no.such")
