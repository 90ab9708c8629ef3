"""The intake against a real broker."""

from contextlib import closing

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from deploy.devtools.broker.local import LocalKafka
from service.stream.consumer import Consumer
from tests.support.broker import Topics
from tests.support.service import wait_until

pytestmark = pytest.mark.integration


def test_partitions_added_while_polls_do_not_wait_are_joined(kafka: LocalKafka, topics: Topics) -> None:
    consumer = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers,
        group_id=topics.images,
        enable_auto_commit=False,
        metadata_max_age_ms=100,
        partition_assignment_strategy=[CooperativeStickyAssignor],
    )
    with closing(consumer), closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)) as admin:
        intake = Consumer(consumer, topics.images, 10)

        def partitions_after_poll(*, wait: bool) -> int:
            intake.poll(wait=wait)
            return len(consumer.assignment())

        wait_until(lambda: partitions_after_poll(wait=True) == 4, "the first four partitions")
        first = consumer.group_metadata().generation_id
        admin.create_partitions({topics.images: 8})
        # As in the loop under load: the poll that begins the join is over before the join is.
        wait_until(lambda: bool(intake.poll(wait=False)) or joining(consumer), "the join to begin")
        wait_until(lambda: consumer.group_metadata().generation_id > first, "the join to go on between two polls")
        wait_until(lambda: partitions_after_poll(wait=True) == 8, "all eight partitions")
        assert intake.take_given_up() == set()


def test_going_back_takes_no_answer_to_an_earlier_question(kafka: LocalKafka, topics: Topics) -> None:
    consumer = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers,
        group_id=topics.images,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    partition = TopicPartition(topics.images, 2)
    with closing(consumer):
        intake = Consumer(consumer, topics.images, 10)
        wait_until(lambda: not intake.poll(wait=True) and bool(consumer.assignment()), "the partitions")
        assert consumer.position(partition) == 0
        with pytest.raises(KafkaTimeoutError):
            consumer.committed(partition, timeout_ms=0)
        consumer.commit({partition: OffsetAndMetadata(3, "", -1)})
        intake.rewind()
        assert consumer.position(partition) == 3


def joining(consumer: KafkaConsumer) -> bool:
    return str(consumer.group_metadata().state) == "<rebalancing>"
