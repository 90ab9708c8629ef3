"""What the brokers refuse is found, reduced and held, with the publisher played by a script."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from service.metrics import Metrics
from service.scoring.bundle import read_bundle
from service.scoring.image import Reason
from service.scoring.scorer import Scorer
from service.status import Status
from service.stream.delivery import Delivery
from service.stream.held_partitions import RETRY_SECONDS, HeldPartitions
from service.stream.outcome import DeadLetter, Outcome
from service.stream.publisher import NotCommitted, Refused
from tests.support.bundles import part, write_bundle
from tests.support.outcomes import dead_letter, scored

TOPIC = "inspection.images"


class Brokers:
    """Stands for publisher and consumer: refuses some offsets whole, and some even as reduced dead letters."""

    def __init__(self, *, refuses: Collection[int] = (), refuses_even_reduced: Collection[int] = ()) -> None:
        self.refuses = set(refuses) | set(refuses_even_reduced)
        self.refuses_even_reduced = set(refuses_even_reduced)
        self.for_good = True
        self.aborts: list[int] = []
        self.published: list[list[int]] = []
        self.committed: dict[TopicPartition, int] = {}
        self.held: list[tuple[int, int]] = []
        self.released: list[int] = []
        self.partitions = {0, 1}

    def publish(
        self, outcomes: Sequence[Outcome], offsets: Mapping[TopicPartition, OffsetAndMetadata], _group: object
    ) -> None:
        for outcome in outcomes:
            offset = outcome.record.offset
            if offset in self.aborts:
                raise NotCommitted("away")
            reduced = isinstance(outcome, DeadLetter) and bool(outcome.refusal)
            if offset in (self.refuses_even_reduced if reduced else self.refuses):
                raise Refused("too large", is_final=self.for_good)
        self.published.append([outcome.record.offset for outcome in outcomes])
        self.committed |= {partition: each.offset for partition, each in offsets.items()}

    def group(self) -> None:
        return None

    def assigned(self) -> set[TopicPartition]:
        return {TopicPartition(TOPIC, number) for number in self.partitions}

    def hold(self, partition: TopicPartition, offset: int) -> None:
        self.held.append((partition.partition, offset))

    def release(self, partition: TopicPartition) -> None:
        self.released.append(partition.partition)


class Line:
    """A delivery over such brokers."""

    def __init__(self, brokers: Brokers) -> None:
        self.now = 100.0
        self.metrics, self.status = Metrics(), Status()
        self.held = HeldPartitions(brokers, self.metrics, self.status, lambda: self.now)  # type: ignore[arg-type] # a stand-in
        self.delivery = Delivery(brokers, brokers, self.held)  # type: ignore[arg-type] # as above

    def deliver(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        return [outcome for part in self.delivery.deliver(outcomes) for outcome in part]

    def stuck(self, partition: int) -> float | None:
        labels = {"topic": TOPIC, "partition": str(partition)}
        return self.metrics.registry.get_sample_value("linewatch_partition_stuck", labels)


def outcomes(*offsets: int, partition: int = 0) -> list[Outcome]:
    return [dead_letter(partition=partition, offset=offset) for offset in offsets]


def refusals(delivered: Sequence[Outcome]) -> dict[int, str]:
    return {each.record.offset: each.refusal for each in delivered if isinstance(each, DeadLetter) and each.refusal}


def test_what_the_brokers_take_is_one_transaction() -> None:
    brokers = Brokers()
    assert len(Line(brokers).deliver(outcomes(1, 2, 3))) == 3
    assert brokers.published == [[1, 2, 3]]


@pytest.mark.parametrize("culprits", [{1}, {4}, {8}, {2, 3}, set(range(1, 9))])
def test_what_they_refuse_is_found_by_halving_and_reduced_and_all_others_stay_whole(culprits: set[int]) -> None:
    brokers = Brokers(refuses=culprits)
    delivered = Line(brokers).deliver(outcomes(*range(1, 9)))
    assert refusals(delivered) == dict.fromkeys(culprits, "too large")
    assert [each for part in brokers.published for each in part] == list(range(1, 9)), "in order, each once"
    assert brokers.committed == {TopicPartition(TOPIC, 0): 9}


def test_a_refused_verdict_becomes_a_reduced_dead_letter_that_says_what_to_raise(tmp_path: Path) -> None:
    verdict = scored(Scorer(read_bundle(write_bundle(tmp_path))), part(51), offset=7)
    (reduced,) = Line(Brokers(refuses={7})).deliver([verdict])
    assert isinstance(reduced, DeadLetter)
    assert (reduced.rejection.reason, reduced.stream, reduced.refusal) == (Reason.UNPUBLISHABLE, "default", "too large")
    assert "max.message.bytes" in str(reduced.rejection)


def test_one_that_is_refused_even_reduced_holds_its_partition_and_no_other() -> None:
    brokers = Brokers(refuses_even_reduced={2})
    line = Line(brokers)
    batch = [*outcomes(1, 2, 3), *outcomes(11, 12, partition=1)]
    assert [each.record.offset for each in line.deliver(batch)] == [1, 11, 12]
    assert brokers.committed == {TopicPartition(TOPIC, 0): 2, TopicPartition(TOPIC, 1): 13}
    assert brokers.held == [(0, 2)]
    assert (line.stuck(0), line.stuck(1)) == (1, None)
    assert "stuck at inspection.images/0/2: the brokers refuse its outcome: too large" in line.status.hangs()
    assert [each.record.offset for each in line.deliver(outcomes(3, 4))] == []


def test_what_is_not_refused_for_good_is_held_whole() -> None:
    brokers = Brokers(refuses={2})
    brokers.for_good = False
    line = Line(brokers)
    assert [each.record.offset for each in line.deliver(outcomes(1, 2))] == [1]
    assert brokers.held == [(0, 2)]
    brokers.refuses.clear()
    line.now += RETRY_SECONDS
    line.held.retry_due()
    assert refusals(line.deliver(outcomes(2))) == {}


def test_a_held_partition_is_tried_again_after_a_while_and_goes_on_once_the_brokers_take_it() -> None:
    brokers = Brokers(refuses_even_reduced={2})
    line = Line(brokers)
    line.deliver(outcomes(2))
    line.held.retry_due()
    assert brokers.released == []
    line.now += RETRY_SECONDS
    line.held.retry_due()
    assert brokers.released == [0]
    line.deliver(outcomes(2))
    assert brokers.held == [(0, 2), (0, 2)]
    line.now += RETRY_SECONDS
    line.held.retry_due()
    brokers.refuses_even_reduced.clear()
    line.deliver(outcomes(2, 3))
    assert (line.stuck(0), line.status.hangs()) == (None, "")


def test_a_held_partition_that_another_replica_has_now_is_forgotten() -> None:
    brokers = Brokers(refuses_even_reduced={2})
    line = Line(brokers)
    line.deliver(outcomes(2))
    brokers.partitions = {1}
    line.held.retry_due()
    assert (line.stuck(0), line.status.hangs(), line.held.waiting()) == (None, "", set())


def test_what_was_committed_before_a_fault_is_yielded_and_the_rest_is_not() -> None:
    brokers = Brokers(refuses={1})
    brokers.aborts = [4]
    found: list[int] = []
    delivered = Line(brokers).delivery.deliver(outcomes(1, 2, 3, 4))
    with pytest.raises(NotCommitted):
        found.extend(each.record.offset for committed in delivered for each in committed)
    assert found == [1, 2]


def test_offsets_go_on_after_the_last_image_of_each_partition() -> None:
    brokers = Brokers()
    Line(brokers).deliver([*outcomes(5, 6), *outcomes(9, partition=2)])
    assert brokers.committed == {TopicPartition(TOPIC, 0): 7, TopicPartition(TOPIC, 2): 10}
