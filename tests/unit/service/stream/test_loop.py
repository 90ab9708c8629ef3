"""The order of steps in the main loop, with the brokers played by a script."""

from collections.abc import Sequence
from concurrent.futures import Future

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError

from service.metrics import Metrics
from service.record.errors import StreamError
from service.record.messages import Record
from service.scoring.image import ImageRejected, Reason
from service.status import Status
from service.stream.audit_sampling import NO_AUDITS
from service.stream.batch import Batch, Item, Unscorable
from service.stream.delivery import Delivery
from service.stream.held_partitions import HeldPartitions
from service.stream.loop import Loop
from service.stream.outcome import Outcome, OutcomeMaker
from service.stream.publisher import NotCommitted
from service.threads import Stopped
from tests.support.records import FakeRecord
from tests.support.shadow import no_shadow


class Script:
    """Stands for consumer, decoder, publisher and telemetry, and records what the loop does to them."""

    def __init__(self, polls: Sequence[Sequence[int]], *, abort: Sequence[int] = ()) -> None:
        self.polls = [[FakeRecord(partition=0, offset=offset) for offset in poll] for poll in polls]
        self.abort = list(abort)
        self.stops_at_rewind = False
        self.revoked: list[set[TopicPartition]] = []
        self.story: list[str] = []

    def run(self) -> list[str]:
        turns = len(self.polls)
        judge = OutcomeMaker(Metrics(), NO_AUDITS, no_shadow())
        held = HeldPartitions(self, Metrics(), Status())  # type: ignore[arg-type] # all other parts in one
        delivery = Delivery(self, self, held)  # type: ignore[arg-type] # as above
        loop = Loop(self, self, judge, delivery, held, self, Metrics())  # type: ignore[arg-type] # as above
        loop.run(lambda: len(self.polls) == 0 and turns > 0)
        return self.story

    def poll(self, *, wait: bool) -> list[FakeRecord]:
        records = self.polls.pop(0)
        self.story.append(f"poll{' and wait' if wait else ''}: {offsets(records)}")
        return records

    def poll_fewer(self) -> None:
        self.story.append("poll fewer")

    def poll_more(self) -> None:
        pass

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

    def start(self, records: Sequence[Record]) -> Batch:
        decoded: Future[Unscorable] = Future()
        decoded.set_result(Unscorable("default", ImageRejected(Reason.EMPTY, "nothing")))
        return Batch([Item(record, decoded) for record in records])  # type: ignore[arg-type] # never a Preprocessed here

    def publish(self, outcomes: Sequence[Outcome], _offsets: object, _group: object) -> None:
        published = [outcome.record.offset for outcome in outcomes]
        if self.abort and self.abort[0] in published:
            self.abort.pop(0)
            raise NotCommitted("scripted")
        self.story.append(f"publish: {published}")

    def committed(self, outcomes: Sequence[Outcome]) -> None:
        self.story.append(f"count: {len(outcomes)}")

    def heartbeat(self) -> None:
        pass


def offsets(records: Sequence[FakeRecord]) -> list[int]:
    return [record.offset for record in records]


def test_a_batch_is_finished_while_the_next_one_is_being_decoded_and_the_last_one_at_the_end() -> None:
    assert Script([[1, 2], [3]]).run() == [
        "poll and wait: [1, 2]",
        "poll: [3]",
        "publish: [1, 2]",
        "count: 2",
        "publish: [3]",
        "count: 1",
    ]


def test_nothing_is_published_when_nothing_came() -> None:
    assert Script([[], []]).run() == ["poll and wait: []", "poll and wait: []"]


def test_after_an_aborted_batch_everything_polled_is_polled_again() -> None:
    script = Script([[1, 2], [3], [1, 2, 3]], abort=[2])
    assert script.run() == [
        "poll and wait: [1, 2]",
        "poll: [3]",
        "rewind",
        "poll and wait: [1, 2, 3]",
        "publish: [1, 2, 3]",
        "count: 3",
    ]


def test_a_batch_that_is_aborted_twice_is_polled_again_in_smaller_ones() -> None:
    script = Script([[1, 2], [3], [1, 2], [3], [1], [2]], abort=[2, 2])
    assert script.run() == [
        *("poll and wait: [1, 2]", "poll: [3]", "rewind"),
        *("poll and wait: [1, 2]", "poll: [3]", "poll fewer", "rewind"),
        *("poll and wait: [1]", "poll: [2]", "publish: [1]", "count: 1", "publish: [2]", "count: 1"),
    ]


def test_a_stop_while_the_brokers_are_asked_where_to_go_back_to_ends_the_loop() -> None:
    script = Script([[1, 2], [3], [4]], abort=[2])
    script.stops_at_rewind = True
    assert script.run() == ["poll and wait: [1, 2]", "poll: [3]", "rewind"]


def test_images_of_partitions_revoked_meanwhile_are_neither_published_nor_counted() -> None:
    script = Script([[1, 2], [3]])
    script.revoked = [set(), {TopicPartition("inspection.images", 0)}]
    assert script.run() == ["poll and wait: [1, 2]", "poll: [3]", "publish: [3]", "count: 1"]


def test_brokers_that_do_not_answer_stop_the_loop_with_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KafkaError("gone")

    monkeypatch.setattr(Script, "poll", fail)
    with pytest.raises(StreamError, match="expected the brokers to answer, found: KafkaError: gone"):
        Script([[1]]).run()
