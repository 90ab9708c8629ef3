"""Calls of the client with a deadline, and with a stop."""

import math
from collections.abc import Callable
from threading import Event

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError

from service.stream.waiting import within
from service.threads import Stopped


def test_a_call_that_returns_in_time_gives_what_it_returns() -> None:
    assert within(60.0, lambda: 7) == 7


def test_what_a_call_raises_is_raised() -> None:
    def fail() -> None:
        raise KafkaError("gone")

    with pytest.raises(KafkaError, match="gone"):
        within(60.0, fail)


def test_a_timeout_of_the_call_itself_is_raised_as_it_is() -> None:
    def fail() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        within(60.0, fail)


def test_a_call_that_never_returns_is_abandoned() -> None:
    done = Event()
    wait: Callable[[], bool] = done.wait
    with pytest.raises(KafkaTimeoutError, match=r"no answer within 0\.01 s"):
        within(0.01, wait)
    done.set()


def test_a_stop_ends_a_wait_without_end() -> None:
    done = Event()
    wait: Callable[[], bool] = done.wait
    with pytest.raises(Stopped):
        within(math.inf, wait, lambda: True)
    done.set()


def test_after_a_stop_a_call_that_returns_within_its_grace_still_counts() -> None:
    def slow() -> int:
        Event().wait(0.15)
        return 7

    assert within(60.0, slow, lambda: True, grace=60.0) == 7
