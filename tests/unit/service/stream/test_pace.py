"""When outcomes are published, and how many at a time."""

import pytest

from service.stream.pace import BUSY_COSTS, LONGEST_SECONDS, QUIET_COSTS, Pace
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    pace = Pace(32, clock)
    for _ in range(100):
        pace.published(0.01)
    return pace


def test_an_image_alone_goes_at_once(pace: Pace) -> None:
    assert pace.seconds_left(ready=1, in_flight=1) == 0.0


def test_a_whole_batch_goes_at_once(pace: Pace) -> None:
    assert pace.seconds_left(ready=32, in_flight=64) == 0.0


@pytest.mark.parametrize(("in_flight", "costs"), [(5, QUIET_COSTS), (31, QUIET_COSTS), (32, BUSY_COSTS)])
def test_beside_others_it_waits_some_times_as_long_as_a_transaction_takes(
    pace: Pace, clock: Clock, in_flight: int, costs: float
) -> None:
    assert pace.seconds_left(1, in_flight) == pytest.approx(costs * 0.01)
    clock.now += costs * 0.01 - 0.001
    assert pace.seconds_left(2, in_flight) == pytest.approx(0.001)
    clock.now += 0.002
    assert pace.seconds_left(3, in_flight) == 0.0


def test_the_time_begins_again_once_they_are_published(pace: Pace, clock: Clock) -> None:
    assert pace.seconds_left(1, 5) > 0.0
    clock.now += 1.0
    assert pace.seconds_left(1, 5) == 0.0
    pace.published(0.01)
    assert pace.seconds_left(1, 5) == pytest.approx(QUIET_COSTS * 0.01)


def test_slow_brokers_hold_back_no_outcome_for_long(pace: Pace) -> None:
    for _ in range(100):
        pace.published(10.0)
    assert pace.seconds_left(1, 64) == LONGEST_SECONDS


def test_batches_are_halved_down_to_one_and_doubled_again(pace: Pace) -> None:
    most = []
    for turn in range(14):
        if turn < 7:
            pace.halve()
        else:
            pace.published(0.01)
        most.append(pace.most)
    assert most == [16, 8, 4, 2, 1, 1, 1, 2, 4, 8, 16, 32, 32, 32]


@pytest.mark.parametrize(
    ("ready", "in_flight", "missing"),
    [(0, 64, 1), (1, 64, 31), (32, 64, 1), (1, 3, 2), (3, 3, 1)],
)
def test_whoever_waits_is_needed_for_the_first_image_and_then_for_all(ready: int, in_flight: int, missing: int) -> None:
    assert Pace(32).missing(ready, in_flight) == missing
