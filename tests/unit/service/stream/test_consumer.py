"""The consumer's bookkeeping, over a client that answers as a test wants."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from service.stream.consumer import IDLE_POLL_MS, Consumer, leave_group
from service.threads import Stopped
from tests.support.records import FakeRecord

FIRST, SECOND, THIRD = (TopicPartition("inspection.images", number) for number in range(3))


class FakeClient:
    """Stands for a KafkaConsumer that was assigned two partitions."""

    def __init__(self) -> None:
        self.assigned = {FIRST, SECOND}
        self.polled: dict[TopicPartition, list[FakeRecord]] = {}
        self.polls: list[dict[str, int]] = []
        self.generation = 1
        self.answers: dict[TopicPartition, list[int | None]] = {}
        self.ends: dict[TopicPartition, int | None] = {}
        self.moves: list[tuple[TopicPartition, int | str]] = []
        self.rejoins = 0
        self.paused: set[TopicPartition] = set()
        self._fetcher = SimpleNamespace(_next_partition_records=None)
        self.is_closed = False
        self._coordinator = SimpleNamespace(
            _join_task=None, request_rejoin=self._rejoin, rejoining=True, reset_generation=lambda: None, _assignors={}
        )
        self._subscription = SimpleNamespace(assignment={})

    def subscribe(self, topics: list[str], listener: object) -> None:
        self.topics, self.listener = topics, listener

    def poll(self, **limits: int) -> dict[TopicPartition, list[FakeRecord]]:
        self.polls.append(limits)
        return self.polled

    def group_metadata(self) -> Any:
        return SimpleNamespace(generation_id=self.generation)

    def assignment(self) -> set[TopicPartition]:
        return self.assigned

    def committed(self, partition: TopicPartition, timeout_ms: int) -> int | None:
        assert timeout_ms > 0
        return self.answers[partition].pop(0)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.moves.append((partition, offset))

    def seek_to_beginning(self, partition: TopicPartition) -> None:
        self.moves.append((partition, "beginning"))

    def pause(self, partition: TopicPartition) -> None:
        self.paused.add(partition)

    def resume(self, partition: TopicPartition) -> None:
        self.paused.discard(partition)

    def highwater(self, partition: TopicPartition) -> int | None:
        return self.ends.get(partition)

    def close(self) -> None:
        self.is_closed = True

    def stands_at(self, partition: TopicPartition, offset: int | None) -> None:
        position = None if offset is None else SimpleNamespace(offset=offset)
        self._subscription.assignment[partition] = SimpleNamespace(position=position)

    def join(self) -> None:
        self._coordinator._join_task = object()

    def _rejoin(self) -> None:
        self.rejoins += 1


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def consumer(client: FakeClient) -> Consumer:
    return Consumer(client, "inspection.images")


def test_it_subscribes_to_the_topic_and_listens_to_rebalances(client: FakeClient, consumer: Consumer) -> None:
    assert client.topics == ["inspection.images"]
    assert client.listener is consumer


def test_a_poll_gives_the_records_of_all_partitions(client: FakeClient, consumer: Consumer) -> None:
    client.polled = {FIRST: [FakeRecord(offset=1), FakeRecord(offset=2)], SECOND: [FakeRecord(offset=7)]}
    assert [record.offset for record in consumer.poll(32, wait=False)] == [1, 2, 7]


def test_a_poll_waits_only_if_there_is_nothing_else_to_do(client: FakeClient, consumer: Consumer) -> None:
    for wait in (False, True):
        consumer.poll(32, wait=wait)
    assert client.polls == [
        {"timeout_ms": 0, "max_records": 32},
        {"timeout_ms": IDLE_POLL_MS, "max_records": 32},
    ]


def test_a_join_that_outlasts_a_poll_is_asked_for_again(client: FakeClient, consumer: Consumer) -> None:
    consumer.poll(32, wait=False)
    assert client.rejoins == 0
    client.join()
    consumer.poll(32, wait=False)
    assert client.rejoins == 1


def test_an_assignment_is_told_at_once_while_a_poll_still_waits(client: FakeClient) -> None:
    told = list[bool]()
    consumer = Consumer(client, "inspection.images", joined=lambda: told.append(True))
    consumer.on_partitions_revoked([FIRST])
    assert not told
    consumer.on_partitions_assigned([FIRST])
    assert told


def test_revoked_and_lost_partitions_are_taken_once(consumer: Consumer) -> None:
    consumer.on_partitions_revoked([FIRST])
    consumer.on_partitions_lost([THIRD])
    consumer.on_partitions_assigned([SECOND])
    assert consumer.take_revoked() == {FIRST, THIRD}
    assert consumer.take_revoked() == set()


def test_a_partition_that_comes_back_was_revoked_all_the_same(consumer: Consumer) -> None:
    consumer.on_partitions_revoked([FIRST])
    consumer.on_partitions_assigned([FIRST])
    assert consumer.take_revoked() == {FIRST}


def test_without_a_generation_there_is_no_membership_to_commit_with(client: FakeClient, consumer: Consumer) -> None:
    assert consumer.group() is not None
    client.generation = -1
    assert consumer.group() is None


def test_a_rewind_goes_to_the_committed_offset_or_else_to_the_beginning(client: FakeClient, consumer: Consumer) -> None:
    client.answers = {FIRST: [5, 5], SECOND: [None, None]}
    consumer.rewind()
    assert sorted(client.moves) == [(FIRST, 5), (SECOND, "beginning")]


def test_a_rewind_does_not_trust_the_first_answer_which_may_be_of_an_earlier_request(
    client: FakeClient, consumer: Consumer
) -> None:
    client.answers = {FIRST: [None, 9], SECOND: [3, 4]}
    consumer.rewind()
    assert sorted(client.moves) == [(FIRST, 9), (SECOND, 4)]


def test_brokers_that_do_not_answer_stop_a_rewind(
    client: FakeClient, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_partition: TopicPartition, timeout_ms: int) -> None:
        raise KafkaTimeoutError(f"no answer in {timeout_ms} ms")

    monkeypatch.setattr(client, "committed", fail)
    monkeypatch.setattr("service.stream.consumer.REWIND_MS", 0)
    with pytest.raises(KafkaTimeoutError):
        consumer.rewind()
    assert client.moves == []


def test_a_stop_ends_a_rewind_whose_brokers_do_not_answer(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def fail(_partition: TopicPartition, timeout_ms: int) -> None:
        asked.append(timeout_ms)
        raise KafkaTimeoutError("no answer")

    monkeypatch.setattr(client, "committed", fail)
    with pytest.raises(Stopped):
        Consumer(client, "inspection.images", stopped=lambda: len(asked) == 3).rewind()
    assert sum(asked) < 3000


def test_a_held_partition_goes_back_and_is_not_polled_until_it_is_released_at_the_committed_offset(
    client: FakeClient, consumer: Consumer
) -> None:
    consumer.hold(FIRST, 5)
    assert (client.moves, client.paused) == ([(FIRST, 5)], {FIRST})
    assert consumer.take_revoked() == {FIRST}
    client.answers = {FIRST: [6, 6]}
    consumer.release(FIRST)
    assert (client.moves[-1], client.paused) == ((FIRST, 6), set())
    assert consumer.take_revoked() == {FIRST}


def test_a_partition_of_another_replica_is_not_held(client: FakeClient, consumer: Consumer) -> None:
    consumer.hold(THIRD, 5)
    assert (client.moves, client.paused, consumer.take_revoked()) == ([], set(), set())


def test_the_lag_is_what_lies_between_position_and_end(client: FakeClient, consumer: Consumer) -> None:
    client.ends = {FIRST: 12, SECOND: 40}
    client.stands_at(FIRST, 5)
    client.stands_at(SECOND, 40)
    assert consumer.lag() == {FIRST: 7, SECOND: 0}


def test_an_end_that_is_older_than_the_position_is_no_negative_lag(client: FakeClient, consumer: Consumer) -> None:
    client.ends = {FIRST: 4}
    client.stands_at(FIRST, 5)
    assert consumer.lag() == {FIRST: 0}


def test_a_partition_of_unknown_position_or_end_has_no_lag_yet(client: FakeClient, consumer: Consumer) -> None:
    client.ends = {FIRST: 12, SECOND: None}
    client.stands_at(FIRST, None)
    client.stands_at(SECOND, 3)
    assert consumer.lag() == {}


def test_closing_leaves_the_group(client: FakeClient, consumer: Consumer) -> None:
    consumer.close()
    assert client.is_closed


def test_a_group_is_left_though_the_brokers_are_away() -> None:
    class Away:
        def close(self) -> None:
            raise KafkaError("no broker")

    leave_group(Away())
