"""The client against a real broker."""

from contextlib import closing

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import MemberToRemove
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from deploy.devtools.broker.local import LocalKafka
from service.record.clients import FETCH_BYTES, PARTITION_FETCH_BYTES, make_consumer
from service.record.messages import Record
from service.settings.run import RunSettings
from service.stream.consumer import Consumer
from tests.support.broker import Topics
from tests.support.service import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.integration


def test_partitions_added_while_polls_do_not_wait_are_joined(kafka: LocalKafka, topics: Topics) -> None:
    client = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers,
        group_id=topics.images,
        enable_auto_commit=False,
        metadata_max_age_ms=100,
        partition_assignment_strategy=[CooperativeStickyAssignor],
    )
    with closing(client), closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)) as admin:
        consumer = Consumer(client, topics.images)

        def partitions_after_poll(*, wait: bool) -> int:
            consumer.poll(32, wait=wait)
            return len(client.assignment())

        wait_until(lambda: partitions_after_poll(wait=True) == 4, "the first four partitions")
        first = client.group_metadata().generation_id
        admin.create_partitions({topics.images: 8})
        # As in the loop under load: the poll that begins the join is over before the join is.
        wait_until(lambda: bool(consumer.poll(32, wait=False)) or joining(client), "the join to begin")
        wait_until(lambda: client.group_metadata().generation_id > first, "the join to go on between two polls")
        wait_until(lambda: partitions_after_poll(wait=True) == 8, "all eight partitions")
        assert consumer.take_revoked() == set()


def test_images_larger_than_an_answer_come_among_small_ones(kafka: LocalKafka, topics: Topics) -> None:
    sizes = [10, FETCH_BYTES + 1, 10, PARTITION_FETCH_BYTES + 1, 10]
    settings = RunSettings(
        bootstrap_servers=kafka.bootstrap_servers, group=topics.images, max_image_bytes=2 * FETCH_BYTES
    )
    options = {"bootstrap_servers": kafka.bootstrap_servers, "max_request_size": 2 * FETCH_BYTES}
    with closing(KafkaProducer(**options)) as producer:
        for size in sizes:
            for partition in (0, 1):
                producer.send(topics.images, bytes(size), partition=partition)
        producer.flush()
    found: dict[int, list[int]] = {0: [], 1: []}
    with closing(make_consumer(settings)) as client:
        consumer = Consumer(client, topics.images)

        def all_are_here() -> bool:
            for record in consumer.poll(32, wait=True):
                found[record.partition].append(len(record.value or b""))
            return found == {0: sizes, 1: sizes}

        wait_until(all_are_here, "images of all sizes")


def test_a_rewind_takes_no_answer_to_an_earlier_request(kafka: LocalKafka, topics: Topics) -> None:
    client = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers,
        group_id=topics.images,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    partition = TopicPartition(topics.images, 2)
    with closing(client):
        consumer = Consumer(client, topics.images)
        wait_until(lambda: not consumer.poll(32, wait=True) and bool(client.assignment()), "the partitions")
        assert client.position(partition) == 0
        with pytest.raises(KafkaTimeoutError):
            client.committed(partition, timeout_ms=0)
        client.commit({partition: OffsetAndMetadata(3, "", -1)})
        consumer.rewind()
        assert client.position(partition) == 3


def test_a_member_removed_while_it_joins_goes_on_from_what_others_committed(kafka: LocalKafka, topics: Topics) -> None:
    with closing(member(kafka, topics)) as ours, closing(member(kafka, topics)) as other:
        consumer, polled = Consumer(ours, topics.images), list[Record]()
        neighbour = Consumer(other, topics.images)

        def both_have_two() -> bool:
            polled.extend(consumer.poll(32, wait=True))
            return has(neighbour, 2) and len(consumer.assigned()) == 2

        wait_until(both_have_two, "both to have two partitions")
        mine = ours.assignment()
        # The brokers answer our join when the other has joined as well, which takes a poll of it.
        ours._coordinator.request_rejoin()
        wait_until(lambda: bool(consumer.poll(32, wait=False)) or joining(ours), "the join to begin")
        remove(ours, kafka, topics)
        with closing(KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)) as producer:
            for sent in [producer.send(topics.images, b"image", partition=number) for number in range(4)]:
                sent.get(PATIENCE_SECONDS)
        wait_until(lambda: has(neighbour, 4), "the other to take over")
        other.commit({partition: OffsetAndMetadata(1, "", -1) for partition in other.assignment()})
        wait_until(both_have_two, "both to share again")
        assert mine <= consumer.take_revoked()
        assert polled + consumer.poll(32, wait=True) == []


def test_a_member_that_comes_back_claims_no_partition_that_it_lost(kafka: LocalKafka, topics: Topics) -> None:
    with closing(member(kafka, topics)) as ours, closing(member(kafka, topics)) as other:
        consumer, neighbour = Consumer(ours, topics.images), Consumer(other, topics.images)
        wait_until(lambda: all([has(consumer, 2), has(neighbour, 2)]), "both to have two partitions")
        remove(ours, kafka, topics)
        wait_until(lambda: has(neighbour, 4), "the other to take over")
        wait_until(lambda: has(consumer, 0), "ours to notice")
        (assignor,) = ours._coordinator._assignors.values()
        assert assignor.metadata([topics.images]).owned_partitions == []
        wait_until(lambda: all([has(consumer, 2), has(neighbour, 2)]), "both to share again")


def has(consumer: Consumer, partitions: int) -> bool:
    """Poll, and see whether a member has so many partitions."""
    consumer.poll(32, wait=True)
    return len(consumer.assigned()) == partitions


def remove(client: KafkaConsumer, kafka: LocalKafka, topics: Topics) -> None:
    """Have the brokers take a member out of its group."""
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)) as admin:
        removed = MemberToRemove(member_id=client.group_metadata().member_id)
        admin.remove_group_members(topics.images, [removed])


def member(kafka: LocalKafka, topics: Topics) -> KafkaConsumer:
    return KafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers,
        group_id=topics.images,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        heartbeat_interval_ms=100,
        partition_assignment_strategy=[CooperativeStickyAssignor],
    )


def joining(client: KafkaConsumer) -> bool:
    return str(client.group_metadata().state) == "<rebalancing>"
