"""The loop that sends, without brokers and receivers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pytest
from kafka import TopicPartition

from service.follow.choice import Choice
from service.follow.webhook import deliveries as deliveries_module
from service.follow.webhook.deliveries import Deliveries
from service.follow.webhook.delivery import Delivery
from service.follow.webhook.lane import Sending
from tests.support.records import FakeRecord
from tests.support.reviewing import verdict

ONE, TWO = (TopicPartition("inspection.verdicts", number) for number in (1, 2))


class FakeLane:
    """Takes in as many records as it has room for, and has sent what it is told."""

    made: list["FakeLane"] = []  # noqa: RUF012 - of one test, which empties it

    def __init__(self, name: str, _: Sending) -> None:
        self.name = name
        self.room = 2
        self.offered: list[tuple[int, bool]] = []
        self.done: int | None = None
        self.next_offset: int | None = None
        self.ended = False
        self.oldest_seconds = 3.0
        FakeLane.made.append(self)

    @property
    def waiting(self) -> int:
        return len(self.offered)

    @property
    def has_room(self) -> bool:
        return self.room > 0

    def offer(self, offset: int, delivery: Delivery | None) -> bool:
        if not self.room:
            return False
        self.room -= 1
        self.offered.append((offset, delivery is not None))
        self.next_offset = offset + 1
        return True

    def stop(self) -> None:
        pass

    def end(self, _: float) -> None:
        self.ended = True


class FakeMember:
    """Polls what it was given, and notes pauses and commits."""

    def __init__(self, polls: list[list[FakeRecord]], dropped: Callable[[Iterable[TopicPartition]], None]) -> None:
        self.polls = polls
        self.dropped = dropped
        self.paused: dict[TopicPartition, int] = {}
        self.commits: list[dict[TopicPartition, int]] = []
        self.between: Callable[[], None] = lambda: None

    def poll(self, _: int, *, wait: bool) -> list[FakeRecord]:
        assert wait
        self.between()
        return self.polls.pop(0)

    def assigned(self) -> set[TopicPartition]:
        return {ONE, TWO}

    def is_paused(self, partition: TopicPartition) -> bool:
        return partition in self.paused

    def pause_at(self, partition: TopicPartition, offset: int) -> None:
        self.paused[partition] = offset

    def resume(self, may_go_on: Callable[[TopicPartition], bool]) -> None:
        self.paused = {each: offset for each, offset in self.paused.items() if not may_go_on(each)}

    def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        self.commits.append(dict(offsets))
        return True

    def lag(self) -> dict[TopicPartition, int]:
        return {ONE: 5, TWO: 0}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Deliveries, FakeMember]]:
    """Deliveries of these polls; it stops when there are no more."""
    FakeLane.made.clear()
    monkeypatch.setattr(deliveries_module, "Lane", FakeLane)
    monkeypatch.setattr(deliveries_module, "COMMIT_SECONDS", 0.0)

    def make(*polls: list[FakeRecord], choice: Choice | None = None) -> tuple[Deliveries, FakeMember]:
        left, members = list(polls), list[FakeMember]()

        def make_member(_client: object, _topic: str, dropped: Any, *_: object) -> FakeMember:
            members.append(FakeMember(left, dropped))
            return members[0]

        monkeypatch.setattr(deliveries_module, "Member", make_member)
        sending = cast("Sending", None)
        found = Deliveries(None, "t", choice or Choice(), sending, lambda: not left, lambda: None)
        return found, members[0]

    return make


def record(offset: int, partition: TopicPartition = ONE, decision: str = "anomaly", value: bytes = b"") -> FakeRecord:
    held = value or verdict(offset, decision).value()
    return FakeRecord(topic=partition.topic, partition=partition.partition, offset=offset, value=held)


Made = Callable[..., tuple[Deliveries, FakeMember]]


def test_each_partition_has_a_lane_and_what_is_not_sent_keeps_its_turn(made: Made) -> None:
    polled = [record(1), record(2, decision="pass"), record(7, TWO), record(8, TWO, value=b"no verdict")]
    deliveries, _ = made(polled, choice=Choice(decisions=frozenset({"anomaly"})))
    deliveries.run()
    assert {lane.name: lane.offered for lane in FakeLane.made} == {
        "inspection.verdicts/1": [(1, True), (2, False)],
        "inspection.verdicts/2": [(7, True), (8, False)],
    }
    assert all(lane.ended for lane in FakeLane.made)
    assert deliveries.oldest_seconds() == 3.0
    assert deliveries.lag() == {("inspection.verdicts", 1): 7, ("inspection.verdicts", 2): 2}


def test_a_full_lane_pauses_its_partition_where_it_is_and_skips_nothing(made: Made) -> None:
    deliveries, member = made([record(number) for number in range(4)], [])
    member.between = lambda: None
    deliveries.run()
    (lane,) = FakeLane.made
    assert lane.offered == [(0, True), (1, True)]
    assert member.paused == {ONE: 2}


def test_no_later_record_overtakes_one_that_had_no_room(made: Made) -> None:
    deliveries, member = made([record(number) for number in range(3)] + [record(3)], [])
    pause_at = member.pause_at

    def pause_and_make_room(partition: TopicPartition, offset: int) -> None:
        pause_at(partition, offset)
        FakeLane.made[0].room = 5

    member.pause_at = pause_and_make_room  # type: ignore[method-assign]
    deliveries.run()
    assert FakeLane.made[0].offered == [(0, True), (1, True)]


def test_what_was_taken_is_committed_once(made: Made) -> None:
    deliveries, member = made([record(0)], [], [], [])

    def between() -> None:
        if FakeLane.made:
            FakeLane.made[0].done = 1

    member.between = between
    deliveries.run()
    assert member.commits == [{ONE: 1}]


def test_a_partition_that_others_get_is_left_uncommitted(made: Made) -> None:
    deliveries, member = made([record(0), record(0, TWO)], [], [])
    turns: list[int] = []

    def between() -> None:
        turns.append(1)
        if len(turns) == 2:
            FakeLane.made[0].done = 1
            member.dropped([ONE])

    member.between = between
    deliveries.run()
    assert FakeLane.made[0].ended
    assert member.commits == []
