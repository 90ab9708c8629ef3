"""The publisher against a real broker."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.producer.transaction_manager import TransactionalRequestResult, TxnOffsetCommitHandler
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from service.record.clients import make_producer
from service.scoring.image import ImageRejected, Reason
from service.settings.every import Settings
from service.stream.outcome import DeadLetter
from service.stream.publisher import NotCommitted, Publisher
from tests.support.records import FakeRecord
from tests.support.service import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.integration

IMAGES = TopicPartition("images", 0)
TOO_SMALL = "dead-letters"
PATIENCE_MS = round(PATIENCE_SECONDS * 1000)


@pytest.fixture
def credulous(tmp_path: Path) -> Iterator[LocalKafka]:
    """A broker that does not ask whether a transaction is open before it takes what claims to be of it."""
    installation, data = fetch(), tmp_path / "kafka"
    with LocalKafka(installation, data, transaction_partition_verification_enable="false") as broker:
        with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)) as admin:
            topics: dict[str, dict[str, object]] = {
                IMAGES.topic: {"num_partitions": 1, "replication_factor": 1},
                TOO_SMALL: {"num_partitions": 1, "replication_factor": 1, "configs": {"max.message.bytes": "100"}},
            }
            admin.create_topics(topics, wait_for_metadata=True)
        yield broker


def test_offsets_that_reached_the_brokers_after_their_transaction_do_not_hold_back_the_group(
    credulous: LocalKafka,
) -> None:
    settings = Settings(bootstrap_servers=credulous.bootstrap_servers, dead_letter_topic=TOO_SMALL, group="line")
    producers: list[KafkaProducer] = []

    def make() -> KafkaProducer:
        producers.append(make_producer(settings, "line-1"))
        return producers[-1]

    with (
        closing(joined(credulous, settings.group)) as consumer,
        closing(Publisher(make, settings)) as publisher,
    ):
        group = consumer.group_metadata()
        publisher.publish([], {IMAGES: at(5)}, group)
        assert consumer.committed(IMAGES, timeout_ms=PATIENCE_MS) == 5
        send_late(producers[-1], {IMAGES: at(9)}, group)
        with pytest.raises(NotCommitted):
            publisher.publish([refused()], {IMAGES: at(9)}, group)
        assert consumer.committed(IMAGES, timeout_ms=PATIENCE_MS) == 5
        publisher.publish([], {IMAGES: at(7)}, group)
        assert consumer.committed(IMAGES, timeout_ms=PATIENCE_MS) == 7


def joined(broker: LocalKafka, group: str) -> KafkaConsumer:
    """A member of the group that has the partition, and asks for what is decided alone."""
    consumer = KafkaConsumer(
        IMAGES.topic,
        bootstrap_servers=broker.bootstrap_servers,
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    wait_until(lambda: not consumer.poll(100) and bool(consumer.assignment()), "the partition")
    assert consumer.position(IMAGES) == 0
    return consumer


def refused() -> DeadLetter:
    """An outcome that the brokers do not take."""
    record = FakeRecord(value=bytes(200))
    return DeadLetter(record, "default", ImageRejected(Reason.UNDECODABLE, "no image"))


def at(offset: int) -> OffsetAndMetadata:
    return OffsetAndMetadata(offset, "", -1)


def send_late(
    producer: KafkaProducer, offsets: dict[TopicPartition, OffsetAndMetadata], group: ConsumerGroupMetadata
) -> None:
    """Send offsets as if a request had been on its way until after its transaction's end."""
    transactions = producer._transaction_manager
    transactions._pending_txn_offset_commits.update(offsets)
    done = TransactionalRequestResult()
    transactions._enqueue_request(TxnOffsetCommitHandler(transactions, group, offsets, done))
    producer._sender.wakeup()
    assert done.wait(PATIENCE_MS)
