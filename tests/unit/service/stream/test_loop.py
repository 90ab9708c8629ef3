"""The order of steps in the main loop, with the brokers played by a script."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError

from service.metrics import Metrics
from service.record.errors import StreamError
from service.record.messages import Record
from service.scoring.image import ImageRejected, Reason
from service.scoring.workers.forking import WorkersFailedError
from service.status import Status
from service.stream.delivery import Delivery
from service.stream.held_partitions import HeldPartitions
from service.stream.in_flight import InFlight
from service.stream.loop import Loop
from service.stream.outcome import DeadLetter, Outcome
from service.stream.pace import Pace
from service.stream.publisher import NotCommitted
from service.threads import Stopped
from tests.support.records import FakeRecord


class Scripted(Executor):
    """Runs what is submitted when the script says so."""

    def __init__(self) -> None:
        self.at_once = True
        self._todo: list[tuple[Future[Any], Callable[..., Any], Any]] = []

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:  # type: ignore[override] # as it is used
        future: Future[Any] = Future()
        self._todo.append((future, call, arguments))
        if self.at_once:
            self.run()
        return future

    def run(self) -> None:
        """Everything that was not cancelled."""
        for future, call, arguments in self._todo:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call(*arguments))
                except Exception as error:  # noqa: BLE001 - as executors do
                    future.set_exception(error)
        self._todo = []


class Script:
    """Stands for consumer, publisher and telemetry, and records what the loop does to them."""

    def __init__(self, polls: Sequence[Sequence[int]], *, abort: Sequence[int] = (), batch_images: int = 4) -> None:
        self.polls = [[FakeRecord(partition=0, offset=offset) for offset in poll] for poll in polls]
        self.abort = list(abort)
        self.batch_images = batch_images
        self.stops_at_rewind = False
        self.revoked: list[set[TopicPartition]] = []
        self.threads = Scripted()
        self.look: Callable[[], object] = bool
        """Called in each turn."""
        self.story: list[str] = []

    def run(self) -> list[str]:
        held = HeldPartitions(self, Metrics(), Status())  # type: ignore[arg-type] # all other parts in one
        delivery = Delivery(self, self, held)  # type: ignore[arg-type] # as above
        images, pace = InFlight(self.process, self.threads), Pace(self.batch_images)
        images._usual_bytes = 1  # from earlier polls
        loop = Loop(self, images, pace, delivery, held, self, Metrics())  # type: ignore[arg-type] # as above
        loop.run(lambda: not self.polls)
        return self.story

    def process(self, record: Record) -> Outcome:
        return DeadLetter(record, "default", ImageRejected(Reason.EMPTY, "nothing"))

    def poll(self, most: int, *, wait: bool) -> list[FakeRecord]:
        records = self.polls.pop(0)
        self.story.append(f"poll up to {most}{' and wait' if wait else ''}: {offsets(records)}")
        return records

    def assigned(self) -> set[TopicPartition]:
        return {TopicPartition("inspection.images", 0)}

    def take_revoked(self) -> set[TopicPartition]:
        return self.revoked.pop(0) if self.revoked else set()

    def group(self) -> None:
        return None

    def rewind(self) -> None:
        self.story.append("rewind")
        if self.stops_at_rewind:
            raise Stopped("a stop was requested")

    def publish(self, outcomes: Sequence[Outcome], _offsets: object, _group: object) -> None:
        published = [outcome.record.offset for outcome in outcomes]
        if self.abort and self.abort[0] in published:
            self.abort.pop(0)
            raise NotCommitted("scripted")
        self.story.append(f"publish: {published}")

    def committed(self, outcomes: Sequence[Outcome]) -> None:
        self.story.append(f"count: {len(outcomes)}")

    def heartbeat(self) -> None:
        self.look()


def offsets(records: Sequence[FakeRecord]) -> list[int]:
    return [record.offset for record in records]


def test_images_that_are_done_are_published_together_and_counted() -> None:
    assert Script([[1, 2], [3]]).run() == [
        *("poll up to 8 and wait: [1, 2]", "publish: [1, 2]", "count: 2"),
        *("poll up to 8 and wait: [3]", "publish: [3]", "count: 1"),
    ]


def test_a_transaction_has_at_most_a_batch() -> None:
    assert Script([[1, 2, 3], []], batch_images=2).run() == [
        *("poll up to 4 and wait: [1, 2, 3]", "publish: [1, 2]", "count: 2"),
        *("poll up to 3: []", "publish: [3]", "count: 1"),
    ]


def test_while_images_are_being_scored_others_are_polled_until_two_batches_are_in_flight() -> None:
    script = Script([[1, 2, 3], [], [4], []], batch_images=2)
    script.threads.at_once = False
    turns = iter(range(4))

    def look() -> None:
        if next(turns, 3) == 3:
            script.threads.run()

    script.look = look
    assert script.run() == [
        *("poll up to 4 and wait: [1, 2, 3]", "poll up to 1: []", "poll up to 1: [4]"),
        *("publish: [1, 2]", "count: 2", "poll up to 2: []", "publish: [3, 4]", "count: 2"),
    ]


def test_nothing_is_published_when_nothing_came() -> None:
    assert Script([[], []]).run() == ["poll up to 8 and wait: []", "poll up to 8 and wait: []"]


def test_after_an_aborted_batch_everything_polled_is_polled_again() -> None:
    script = Script([[1, 2, 3], [1, 2, 3]], abort=[2], batch_images=2)
    assert script.run() == [
        *("poll up to 4 and wait: [1, 2, 3]", "rewind"),
        *("poll up to 4 and wait: [1, 2, 3]", "publish: [1, 2]", "count: 2", "publish: [3]", "count: 1"),
    ]


def test_a_batch_that_is_aborted_twice_is_polled_again_in_smaller_ones() -> None:
    script = Script([[1, 2], [1, 2], [1, 2], []], abort=[2, 2], batch_images=2)
    assert script.run() == [
        *("poll up to 4 and wait: [1, 2]", "rewind"),
        *("poll up to 4 and wait: [1, 2]", "rewind"),
        *("poll up to 2 and wait: [1, 2]", "publish: [1]", "count: 1"),
        *("poll up to 3: []", "publish: [2]", "count: 1"),
    ]


def test_a_stop_while_the_brokers_are_asked_where_to_go_back_to_ends_the_loop() -> None:
    script = Script([[1, 2], [3]], abort=[2])
    script.stops_at_rewind = True
    assert script.run() == ["poll up to 8 and wait: [1, 2]", "rewind"]


def test_images_of_partitions_revoked_meanwhile_are_neither_published_nor_counted() -> None:
    script = Script([[1, 2, 3], [4]], batch_images=2)
    script.revoked = [set(), {TopicPartition("inspection.images", 0)}]
    assert script.run() == [
        *("poll up to 4 and wait: [1, 2, 3]", "publish: [1, 2]", "count: 2"),
        *("poll up to 3: [4]", "publish: [4]", "count: 1"),
    ]


def test_a_stop_publishes_what_is_done_and_leaves_what_nobody_has_begun() -> None:
    script = Script([[1, 2, 3]], batch_images=2)
    script.threads.at_once = False
    assert script.run() == ["poll up to 4 and wait: [1, 2, 3]"]


def test_brokers_that_do_not_answer_stop_the_loop_with_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KafkaError("gone")

    monkeypatch.setattr(Script, "poll", fail)
    with pytest.raises(StreamError, match="expected the brokers to answer, found: KafkaError: gone"):
        Script([[1]]).run()


def test_workers_that_do_not_start_stop_the_loop_with_their_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise WorkersFailedError("no memory")

    monkeypatch.setattr(Script, "process", fail)
    with pytest.raises(StreamError, match="no memory"):
        Script([[1], [2]]).run()
