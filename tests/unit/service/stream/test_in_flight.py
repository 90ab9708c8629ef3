"""What is in flight: order, bounds, and what is dropped."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from kafka import TopicPartition

from service.record.messages import Record
from service.scoring.image import ImageRejected, Reason
from service.scoring.workers.forking import WorkersFailedError
from service.stream.in_flight import InFlight
from service.stream.outcome import DeadLetter, Outcome
from tests.support.records import FakeRecord


class Line:
    """Images whose outcomes come when the test says so: at an offset's event."""

    def __init__(self, threads: int) -> None:
        self.may_end: dict[int, Event] = {}
        self.begun: dict[int, Event] = {}
        self.threads = ThreadPoolExecutor(threads)
        self.images = InFlight(self._process, self.threads, most_bytes=100)

    def start(self, *offsets: int, partition: int = 0, size: int = 1) -> None:
        self.may_end |= {offset: Event() for offset in offsets}
        self.begun |= {offset: Event() for offset in offsets}
        self.images.start([FakeRecord(partition=partition, offset=offset, value=b"x" * size) for offset in offsets])

    def end(self, *offsets: int) -> None:
        for offset in offsets:
            self.may_end[offset].set()

    def ready(self, number: int) -> bool:
        while self.images.ready() < number:
            self.images.wait(60.0)
        return self.images.ready() == number

    def take(self, most: int = 100) -> list[int]:
        return [outcome.record.offset for outcome in self.images.take(most)]

    def _process(self, record: Record) -> Outcome:
        self.begun[record.offset].set()
        assert self.may_end[record.offset].wait(60.0)
        if record.value == b"":
            raise WorkersFailedError("no memory")
        return DeadLetter(record, "default", ImageRejected(Reason.EMPTY, "nothing"))


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line(threads=8)
    yield line
    line.end(*line.may_end)
    line.threads.shutdown()


def test_outcomes_come_in_the_order_of_their_partition_whatever_is_done_first(line: Line) -> None:
    line.start(1, 2, 3)
    line.end(2)
    line.images.wait(60.0)
    assert (line.images.ready(), line.take()) == (0, [])
    line.end(1)
    assert line.ready(2)
    assert (line.take(), len(line.images)) == ([1, 2], 1)


def test_a_slow_image_holds_back_its_own_partition_alone(line: Line) -> None:
    line.start(1, 2, partition=0)
    line.start(11, 12, partition=1)
    line.end(2, 11, 12)
    assert line.ready(2)
    assert line.take() == [11, 12]


def test_no_more_are_taken_than_asked_for(line: Line) -> None:
    line.start(1, 2, 3)
    line.end(1, 2, 3)
    assert line.ready(3)
    assert (line.take(2), line.take(2)) == ([1, 2], [3])


def test_the_room_is_bounded_by_number(line: Line) -> None:
    line.start(1, 2, 3)
    assert (line.images.room(8), line.images.room(3), line.images.room(2)) == (5, 0, 0)


def test_the_room_is_bounded_by_the_bytes_of_images_like_the_last_ones(line: Line) -> None:
    line.start(1, 2, size=30)
    assert line.images.room(8) == 1
    line.start(3, size=30)
    assert line.images.room(8) == 0


def test_one_image_is_always_taken_however_large(line: Line) -> None:
    assert line.images.room(8) == 1  # nobody knows yet how large they are
    line.start(1, size=1000)
    assert line.images.room(8) == 0
    line.end(1)
    assert line.ready(1)
    line.take()
    assert line.images.room(8) == 1


def test_images_of_revoked_partitions_are_left_to_other_replicas(line: Line) -> None:
    line.start(5, partition=0)
    line.start(3, partition=1)
    line.end(3, 5)
    line.images.drop({TopicPartition("inspection.images", 0)})
    assert line.ready(1)
    assert (line.take(), len(line.images)) == ([3], 0)


def test_everything_can_be_dropped(line: Line) -> None:
    line.start(1, 2)
    line.images.drop_all()
    assert (len(line.images), line.take()) == (0, [])


def test_what_nobody_has_begun_is_dropped_and_nothing_before_it_is_lost() -> None:
    line = Line(threads=2)
    line.start(1, 2, 3, 4)
    assert line.begun[2].wait(60.0)
    line.images.drop_waiting()
    assert len(line.images) == 2
    line.end(1, 2, 3, 4)
    assert line.ready(2)
    assert line.take() == [1, 2]
    line.threads.shutdown()
    assert not line.begun[3].is_set()


def test_what_is_no_images_fault_is_raised(line: Line) -> None:
    line.start(1, size=0)
    line.end(1)
    assert line.ready(1)
    with pytest.raises(WorkersFailedError):
        line.take()


def test_who_waits_for_several_images_sleeps_until_so_many_are_done(line: Line) -> None:
    line.start(0, 1, 2)
    line.end(0)
    assert line.ready(1)
    woken = line.threads.submit(line.images.wait, 60.0, 2)
    line.end(1)
    with pytest.raises(TimeoutError):
        woken.result(0.1)
    line.end(2)
    woken.result(60.0)
    assert line.images.ready() == 3


def test_who_waits_for_more_images_than_come_waits_no_longer_than_that(line: Line) -> None:
    line.start(0)
    line.end(0)
    line.images.wait(0.05, 2)
    assert line.ready(1)
