"""Reading a topic back when the brokers fall silent, and picking records; all else is tested on a real broker."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from kafka import TopicPartition

from service.record import topic_reader
from service.record.errors import StreamError
from service.record.messages import Source
from service.record.topic_reader import TopicReader
from service.settings.every import Settings
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


def reading(consumer: object, monkeypatch: pytest.MonkeyPatch) -> TopicReader:
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


@dataclass
class FakeLog:
    """One partition with records at some offsets, from `first` to before `end`; polls bring them two at a time."""

    offsets: list[int]
    first: int = 0
    end: int = 1000
    silent: bool = False
    at: int = 0
    seeks: list[int] = field(default_factory=list)

    def partitions_for_topic(self, topic: str) -> set[int]:
        assert topic == PARTITION.topic
        return {0}

    def assign(self, partitions: list[TopicPartition]) -> None:
        assert partitions == [PARTITION]

    def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.first)

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        assert partition == PARTITION
        self.at = offset
        self.seeks.append(offset)

    def position(self, partition: TopicPartition, timeout_ms: int) -> int:
        assert (partition, timeout_ms > 0) == (PARTITION, True)
        return self.at

    def poll(self, timeout_ms: int, max_records: int = 2) -> dict[TopicPartition, list[FakeRecord]]:
        assert timeout_ms > 0
        if self.silent:
            return {}
        found = [offset for offset in self.offsets if offset >= self.at][:max_records]
        self.at = found[-1] + 1 if found else self.end
        return {PARTITION: [FakeRecord("images", 0, offset) for offset in found]}

    def close(self) -> None:
        pass


def at(*offsets: int, partition: int = 0) -> list[Source]:
    return [Source(topic="images", partition=partition, offset=offset) for offset in offsets]


def picked(log: FakeLog, monkeypatch: pytest.MonkeyPatch, *offsets: int) -> list[int]:
    return [record.offset for record in reading(log, monkeypatch).pick(at(*offsets))]


def test_picked_records_come_in_order_and_those_that_are_gone_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    log = FakeLog([5, 6, 8, 9, 990], first=5)
    assert picked(log, monkeypatch, 990, 8, 5, 7, 4, 1000) == [5, 8, 990]


def test_a_wide_gap_between_picked_records_is_jumped_over_and_a_small_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    log = FakeLog(list(range(1000)))
    assert picked(log, monkeypatch, 0, 100, 900) == [0, 100, 900]
    assert log.seeks == [0, 900]


def test_nothing_is_picked_from_other_topics_or_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    log = FakeLog([1])
    others = [*at(1, partition=7), Source(topic="others", partition=0, offset=1)]
    assert list(reading(log, monkeypatch).pick(others)) == []
    assert log.seeks == []


def test_brokers_that_fall_silent_while_records_are_picked_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StreamError, match=r"expected record 3 of images/0 from .*, found no answer; check the brokers"):
        picked(FakeLog([3], silent=True), monkeypatch, 3)


def test_one_record_is_fetched_or_none_if_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    log = FakeLog([5, 6, 8], first=5, end=9)
    reader = reading(log, monkeypatch)
    found = {offset: reader.fetch(source) for offset, source in zip(range(4, 10), at(*range(4, 10)), strict=True)}
    assert [offset for offset, record in found.items() if record is not None and record.offset == offset] == [5, 6, 8]
    assert [offset for offset, record in found.items() if record is None] == [4, 7, 9]
    assert reader.fetch(at(5, partition=7)[0]) is None
