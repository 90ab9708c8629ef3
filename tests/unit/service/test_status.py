"""The state that the status page shows."""

import time

import pytest

from service.status import MINUTES, Minute, Status, StreamStatus, _add
from tests.support.anomalies import anomaly


def test_counts_add_up_by_stream() -> None:
    status = Status()
    status.count("left", images=5, anomalies=[anomaly("a")])
    status.count("left", images=3, reviews=2)
    status.count("right", images=1)
    left = status.stream("left")
    assert (left.images, left.reviews, left.anomalies) == (8, 2, 1)
    assert (left.minutes[-1].reviews, left.minutes[-1].anomalies) in {(2, 1), (2, 0)}, "a minute may end in between"
    assert status.stream("right").images == 1
    assert status.stream("never seen").images == 0


def test_the_latest_anomaly_comes_first_and_old_ones_are_let_go() -> None:
    status = Status()
    status.count("left", images=40, anomalies=[anomaly(str(i)) for i in range(40)])
    ids = [each.id for each in status.anomalies()]
    assert ids[0] == "39"
    assert len(ids) == 24


def test_minutes_older_than_the_drawing_are_let_go() -> None:
    minutes: tuple[Minute, ...] = ()
    for number in range(100, 100 + 2 * MINUTES):
        minutes = _add(minutes, Minute(number, images=1))
        minutes = _add(minutes, Minute(number, images=1, anomalies=1))
    assert len(minutes) == MINUTES
    assert set(minutes) == {Minute(number, 2, 0, 1) for number in range(100 + MINUTES, 100 + 2 * MINUTES)}


def test_the_rate_is_over_the_time_there_was() -> None:
    minutes = (Minute(0, 999), Minute(1, 60), Minute(2, 30))
    assert StreamStatus(first_image=1.0, minutes=minutes).rate(now=150.0) == pytest.approx(90 / 90)
    assert StreamStatus(first_image=140.0, minutes=(Minute(2, 30),)).rate(now=150.0) == pytest.approx(3.0)


def test_a_loop_that_has_not_begun_is_not_stale() -> None:
    status = Status()
    assert not status.stale
    status.heartbeat(in_group=True)
    assert not status.stale
    assert status.in_group


def test_a_loop_that_stands_still_for_a_minute_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    status = Status()
    status.heartbeat(in_group=True)
    now = time.monotonic()
    seen = []
    for seconds in (59.0, 61.0):
        monkeypatch.setattr(time, "monotonic", lambda later=now + seconds: later)
        seen.append(status.stale)
    assert seen == [False, True]
