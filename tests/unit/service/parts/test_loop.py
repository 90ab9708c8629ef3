"""The order of steps in the loop of part verdicts, with the brokers played by a script."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from service.parts.loop import PartsLoop
from service.parts.metrics import PartsMetrics
from service.parts.part_publisher import KeyedVerdict
from service.parts.partition import PartitionParts
from service.parts.standing import Standing, decode
from service.record.errors import StreamError
from service.status import Status
from service.stream.publisher import NotCommitted, Refused
from service.threads import Stopped
from tests.support.clock import Clock
from tests.support.records import FakeRecord
from tests.support.views import RULES, VIEWS, view_record

PARTITION = TopicPartition("inspection.verdicts", 3)


class Script:
    """Stands for consumer, publisher and brokers: one partition, and a log of records in it."""

    def __init__(self) -> None:
        self.log: list[FakeRecord] = []
        self.position = 0
        self.committed = Standing()
        self.published: list[tuple[str, str]] = []
        self.fails: list[Exception] = []
        self.new: set[TopicPartition] = {PARTITION}
        self.revoked: set[TopicPartition] = set()
        self.have: set[TopicPartition] = {PARTITION}
        self.answers_ends = True
        self.clock = Clock()
        self.metrics = PartsMetrics(VIEWS)
        script: Any = self
        self.loop = PartsLoop(script, script, partial(PartitionParts, RULES, clock=self.clock), self.metrics, Status())

    def poll(self, most: int, *, wait: bool) -> list[FakeRecord]:
        assert wait
        found = self.log[self.position : self.position + most] if self.have else []
        self.position += len(found)
        return found

    def take_new(self) -> set[TopicPartition]:
        new, self.new = self.new, set()
        return new

    def take_revoked(self) -> set[TopicPartition]:
        revoked, self.revoked = self.revoked, set()
        return revoked

    def assigned(self) -> set[TopicPartition]:
        return self.have

    def go_back(self, _partition: TopicPartition) -> Standing:
        self.position = self.committed.window_start
        return self.committed

    def ends(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(partitions, len(self.log)) if self.answers_ends else {}

    def read_up_to(self, _partition: TopicPartition) -> int:
        return self.position

    def lag(self) -> Mapping[TopicPartition, int]:
        return {PARTITION: len(self.log) - self.position}

    def group(self) -> str:
        return "membership"

    def publish(
        self, closed: Sequence[KeyedVerdict], offsets: Mapping[TopicPartition, OffsetAndMetadata], group: object
    ) -> None:
        assert group == "membership"
        if self.fails:
            raise self.fails.pop(0)
        (offset,) = offsets.values()
        self.committed = Standing(offset.offset, decode(offset.metadata))
        self.published += [(verdict.part_id, verdict.decision) for _, verdict in closed]

    def send(self, part_id: str, *streams: str) -> None:
        for stream in streams:
            self.log.append(view_record(len(self.log), part_id, stream))

    def turns(self, number: int = 2) -> None:
        for _ in range(number):
            self.loop.turn()


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    monkeypatch.setattr("service.parts.loop.ABORT_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("service.parts.loop.COMMIT_SECONDS", 0.0)
    return Script()


def test_whole_parts_are_published_and_open_ones_noted_with_the_offset(script: Script) -> None:
    script.send("whole", *VIEWS)
    script.send("open", "top")
    script.turns()
    assert script.published == [("whole", "pass")]
    assert script.committed == Standing(4, frozenset({3}))
    assert script.metrics.registry.get_sample_value("linewatch_parts_open") == 1.0


def test_a_missing_view_makes_the_part_incomplete_once_the_brokers_say_that_nothing_is_left(script: Script) -> None:
    script.send("p", "top")
    script.turns()
    script.clock.now += RULES.timeout
    script.answers_ends = False
    script.turns()
    assert script.published == []
    script.answers_ends = True
    script.turns()
    assert script.published == [("p", "incomplete")]
    assert script.committed == Standing(1)


def test_an_aborted_batch_is_made_anew_from_the_last_commit(script: Script) -> None:
    script.send("p", "top", "left")
    script.turns()
    script.send("p", "right")
    script.fails = [NotCommitted("fenced")]
    script.turns(3)
    assert script.published == [("p", "pass")]
    assert script.metrics.registry.get_sample_value("linewatch_part_batches_aborted_total") == 1.0
    assert script.metrics.registry.get_sample_value("linewatch_part_end_to_end_seconds_count") == 1.0


def test_what_was_read_of_a_partition_that_moved_is_dropped(script: Script) -> None:
    script.send("p", "top", "left")
    script.turns()
    script.have, script.revoked = set(), {PARTITION}
    script.send("p", "right")
    script.turns()
    assert script.published == []
    script.have, script.new = {PARTITION}, {PARTITION}
    script.turns()
    assert script.published == [("p", "pass")]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Refused("too large", is_final=True), "expected the brokers to take part verdicts, found: too large"),
        (KafkaError("away"), "expected the brokers to answer, found: KafkaError: away"),
    ],
)
def test_what_cannot_be_mended_ends_it_with_a_sentence(script: Script, error: Exception, sentence: str) -> None:
    script.send("p", *VIEWS)
    script.fails = [error]
    with pytest.raises(StreamError, match=sentence):
        script.loop.run(_after(5))
    assert script.committed == Standing()


def test_a_stop_while_the_brokers_are_away_is_no_error(script: Script) -> None:
    script.send("p", *VIEWS)
    script.fails = [Stopped("a stop was requested")]
    script.loop.run(_after(5))
    assert script.published == []


def _after(turns: int) -> Callable[[], bool]:
    left = iter(range(turns))
    return lambda: next(left, None) is None
