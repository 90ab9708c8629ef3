"""Where a partition is read from, over a client that answers as a test wants."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from service.parts.standing import WINDOW, Standing, encode
from service.parts.verdict_consumer import VerdictConsumer

PARTITION = TopicPartition("inspection.verdicts", 3)


class FakeClient:
    """Stands for a KafkaConsumer."""

    def __init__(self) -> None:
        self.answers: list[OffsetAndMetadata | int | None] = []
        self.end: int | None = 100_000
        self.moves: list[int | str] = []
        self._coordinator = SimpleNamespace(reset_generation=lambda: None)
        self._subscription = SimpleNamespace(assignment={})

    def subscribe(self, topics: list[str], listener: object) -> None:
        pass

    def committed(self, partition: TopicPartition, timeout_ms: int, metadata: bool = False) -> Any:
        assert (partition, timeout_ms > 0) == (PARTITION, True)
        return self.answers.pop(0) if metadata else 17  # of an earlier request

    def end_offsets(self, partitions: list[TopicPartition], timeout_ms: int) -> dict[TopicPartition, int]:
        if self.end is None:
            raise KafkaTimeoutError(f"no answer in {timeout_ms} ms")
        return dict.fromkeys(partitions, self.end)

    def seek(self, _partition: TopicPartition, offset: int) -> None:
        self.moves.append(offset)

    def seek_to_beginning(self, _partition: TopicPartition) -> None:
        self.moves.append("beginning")


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def consumer(client: FakeClient) -> VerdictConsumer:
    return VerdictConsumer(client, PARTITION.topic)


def test_a_partition_is_read_from_a_window_before_the_commit(client: FakeClient, consumer: VerdictConsumer) -> None:
    client.answers = [OffsetAndMetadata(20_000, encode([19_000, 19_990]), -1)]
    assert consumer.go_back(PARTITION) == Standing(20_000, frozenset({19_000, 19_990}))
    assert client.moves == [20_000 - WINDOW]


def test_without_a_commit_it_is_read_from_its_beginning(client: FakeClient, consumer: VerdictConsumer) -> None:
    client.answers = [None]
    assert consumer.go_back(PARTITION) == Standing()
    assert client.moves == ["beginning"]


def test_a_commit_behind_the_end_is_of_a_topic_that_is_gone(client: FakeClient, consumer: VerdictConsumer) -> None:
    client.answers, client.end = [OffsetAndMetadata(20_000, "", -1)], 19_999
    assert consumer.go_back(PARTITION) == Standing()
    assert client.moves == ["beginning"]


def test_where_an_offset_was_set_by_hand_nothing_is_open(client: FakeClient, consumer: VerdictConsumer) -> None:
    client.answers = [OffsetAndMetadata(50, "", -1), OffsetAndMetadata(60, "set by kim", -1)]
    assert [consumer.go_back(PARTITION) for _ in range(2)] == [Standing(50), Standing(60)]
    assert client.moves == [0, 0]


def test_new_partitions_are_taken_once(consumer: VerdictConsumer) -> None:
    consumer.on_partitions_assigned([PARTITION])
    assert consumer.take_new() == {PARTITION}
    assert consumer.take_new() == set()


def test_brokers_that_do_not_say_where_a_partition_ends_are_asked_again(
    client: FakeClient, consumer: VerdictConsumer
) -> None:
    assert consumer.ends([PARTITION]) == {PARTITION: 100_000}
    client.end = None
    assert consumer.ends([PARTITION]) == {}
