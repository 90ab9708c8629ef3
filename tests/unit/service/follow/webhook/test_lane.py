"""A lane sends one verdict after the other, each until it is taken or refused for good."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from service.follow.webhook import lane as lane_module
from service.follow.webhook.answer import Answer
from service.follow.webhook.connection import Connection
from service.follow.webhook.delivery import Delivery, delivery_of
from service.follow.webhook.lane import MOST_WAITING, Lane, Sending
from service.follow.webhook.metrics import WebhookMetrics
from service.follow.webhook.trust import Trust
from tests.support.records import FakeRecord
from tests.support.reviewing import verdict
from tests.support.service import wait_until

Behave = Callable[[bytes], Answer]
TAKEN = Answer(204, "status 204")


class FakeConnection:
    """Answers as it is told, and notes the bodies."""

    def __init__(self, behave: Behave) -> None:
        self._behave = behave
        self.bodies: list[bytes] = []
        self.given_up = threading.Event()

    def post(self, _headers: object, body: bytes) -> Answer:
        self.bodies.append(body)
        return self._behave(body)

    def give_up(self) -> None:
        self.given_up.set()

    def close(self) -> None:
        pass


def delivery(offset: int) -> Delivery:
    return delivery_of(FakeRecord(offset=offset, value=b"%d" % offset), verdict(offset))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "pause_seconds", lambda *_: 0.0)


@contextmanager
def running(behave: Behave, trust: Trust | None = None) -> Iterator[tuple[Lane, FakeConnection, WebhookMetrics]]:
    connection, metrics = FakeConnection(behave), WebhookMetrics()
    connect = lambda: cast("Connection", connection)  # noqa: E731
    lane = Lane("0", Sending(connect, [b"x" * 32], threading.BoundedSemaphore(1), trust or Trust(), metrics))
    try:
        yield lane, connection, metrics
    finally:
        lane.end(60.0)


def test_in_order_each_until_it_is_taken() -> None:
    tries = iter([TAKEN, Answer(None, "reset"), Answer(500, ""), TAKEN, TAKEN])
    with running(lambda _: next(tries)) as (lane, connection, metrics):
        for offset in (3, 4, 9):
            assert lane.offer(offset, delivery(offset))
        wait_until(lambda: lane.done == 10, "all to be taken")
    assert connection.bodies == [b"3", b"4", b"4", b"4", b"9"]
    value = metrics.registry.get_sample_value
    assert value("linewatch_webhook_verdicts_total", {"outcome": "delivered"}) == 3.0
    assert value("linewatch_webhook_retries_total", {"status": "none"}) == 1.0
    assert value("linewatch_webhook_retries_total", {"status": "500"}) == 1.0


def test_what_is_not_sent_is_dealt_with_in_its_turn() -> None:
    with running(lambda _: TAKEN) as (lane, connection, _):
        lane.offer(1, None)
        lane.offer(2, delivery(2))
        lane.offer(5, None)
        wait_until(lambda: lane.done == 6, "all")
    assert connection.bodies == [b"2"]


def test_what_it_had_before_is_not_sent_again() -> None:
    with running(lambda _: TAKEN) as (lane, connection, _):
        for offset in (1, 2, 1, 2, 3):
            assert lane.offer(offset, delivery(offset))
        wait_until(lambda: lane.done == 4, "all")
    assert connection.bodies == [b"1", b"2", b"3"]


def test_a_refused_verdict_is_passed_over_only_by_a_receiver_that_takes_others() -> None:
    refusals = {b"2": 1, b"3": 3}

    def behave(body: bytes) -> Answer:
        refusals[body] = refusals.get(body, 0) - 1
        return Answer(422, "status 422") if refusals[body] >= 0 else TAKEN

    with running(behave) as (lane, connection, metrics):
        for offset in (1, 2, 3, 4):
            lane.offer(offset, delivery(offset))
        wait_until(lambda: lane.done == 5, "all")
    assert connection.bodies == [b"1", b"2", b"3", b"3", b"3", b"3", b"4"]
    assert metrics.registry.get_sample_value("linewatch_webhook_verdicts_total", {"outcome": "refused"}) == 1.0


def test_there_is_room_for_so_many_and_the_rest_comes_again() -> None:
    hold = threading.Event()

    def behave(_: bytes) -> Answer:
        hold.wait(60.0)
        return TAKEN

    with running(behave) as (lane, _, _metrics):
        taken = [lane.offer(offset, delivery(offset)) for offset in range(MOST_WAITING + 5)]
        assert (taken.count(True), lane.next_offset, lane.has_room) == (MOST_WAITING, MOST_WAITING, False)
        wait_until(lambda: lane.oldest_seconds > 0.0, "the first try")
        hold.set()
        wait_until(lambda: lane.done == MOST_WAITING, "those that it has")
        assert lane.has_room
        assert lane.oldest_seconds == 0.0


def test_a_stop_ends_the_tries_and_what_is_not_taken_is_not_done() -> None:
    with running(lambda _: Answer(503, "status 503")) as (lane, connection, _):
        lane.offer(7, delivery(7))
        wait_until(lambda: len(connection.bodies) > 3, "tries")
    assert lane.done is None


def test_a_try_that_outlasts_a_stop_is_cut_off() -> None:
    begun = threading.Event()
    with running(lambda _: TAKEN) as (lane, connection, _):

        def behave(_: bytes) -> Answer:
            begun.set()
            connection.given_up.wait(60.0)
            return Answer(None, "given up")

        connection._behave = behave
        lane.offer(1, delivery(1))
        assert begun.wait(60.0)
        lane.end(0.0)
        assert connection.given_up.is_set()
    assert lane.done is None
