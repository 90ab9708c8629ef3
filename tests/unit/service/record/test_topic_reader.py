"""Reading a topic to its end when the brokers fall silent; all else is tested on a real broker."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from kafka import TopicPartition

from service.record import topic_reader
from service.record.errors import StreamError
from service.record.topic_reader import TopicReader
from service.settings import Settings
from tests.support.records import FakeRecord

PARTITION = TopicPartition("images", 0)


@dataclass
class FakeConsumer:
    """One partition that ends at 3; each poll brings a record where `brings` is true."""

    brings: list[bool]
    at: int = 0
    polls: int = 0
    assigned: list[TopicPartition] = field(default_factory=list)

    def partitions_for_topic(self, topic: str) -> set[int]:
        assert topic == PARTITION.topic
        return {0}

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = partitions

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 3)

    def position(self, partition: TopicPartition, timeout_ms: int) -> int | None:
        assert (partition, timeout_ms > 0) == (PARTITION, True)
        return self.at or None  # a client that got nothing yet knows no position

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[FakeRecord]]:
        assert timeout_ms > 0
        self.polls += 1
        if not (self.brings and self.brings.pop(0)):
            return {}
        self.at += 1
        return {PARTITION: [FakeRecord("images", 0, self.at - 1)]}

    def close(self) -> None:
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets how many seconds pass between two readings of the clock."""
    times = {"now": 0.0, "step": 0.0}

    def now() -> float:
        times["now"] += times["step"]
        return times["now"]

    monkeypatch.setattr(topic_reader, "monotonic", now)
    return lambda step: times.update(step=step)


def reading(consumer: FakeConsumer, monkeypatch: pytest.MonkeyPatch) -> TopicReader:
    monkeypatch.setattr(topic_reader, "make_reader", lambda _settings: consumer)
    return TopicReader(Settings(), "images", patience_seconds=10.0)


def test_brokers_that_fall_silent_before_the_end_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    clock(4.0)
    consumer = FakeConsumer([True, True])
    why = r"expected records up to 3 of images/0 from .*, found none after 2 for 10 seconds; check the brokers"
    records = reading(consumer, monkeypatch).to_end()
    assert [next(records).offset, next(records).offset] == [0, 1]
    with pytest.raises(StreamError, match=why):
        next(records)
    assert consumer.polls == 5


def test_slow_brokers_are_waited_for_as_long_as_something_comes(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    clock(4.0)
    slow = FakeConsumer([False, False, True, False, False, True, False, False, True])
    assert [record.offset for record in reading(slow, monkeypatch).to_end()] == [0, 1, 2]
