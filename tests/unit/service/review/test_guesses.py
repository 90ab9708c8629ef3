"""The limits of guessing."""

import pytest

from service.review.guesses import KEPT_ADDRESSES, MOST_OF_ALL, MOST_OF_ONE, WINDOW_SECONDS, Guesses
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guesses(clock: Clock) -> Guesses:
    return Guesses(clock)


def test_an_address_that_is_wrong_too_often_waits_for_a_minute(guesses: Guesses, clock: Clock) -> None:
    for _ in range(MOST_OF_ONE):
        assert guesses.wait_seconds("192.0.2.1") == 0
        guesses.note("192.0.2.1", right=False)
    assert guesses.wait_seconds("192.0.2.1") == WINDOW_SECONDS
    assert guesses.wait_seconds("192.0.2.2") == 0
    clock.now += WINDOW_SECONDS
    assert guesses.wait_seconds("192.0.2.1") == 0


def test_many_addresses_together_wait_too_but_not_one_that_was_right(guesses: Guesses) -> None:
    guesses.note("192.0.2.1", right=True)
    for number in range(MOST_OF_ALL):
        guesses.note(f"198.51.100.{number}", right=False)
    assert guesses.wait_seconds("203.0.113.1") == WINDOW_SECONDS
    assert guesses.wait_seconds("192.0.2.1") == 0


def test_addresses_of_one_ipv6_network_count_as_one(guesses: Guesses) -> None:
    for number in range(MOST_OF_ONE):
        guesses.note(f"2001:db8::{number:x}", right=False)
    assert guesses.wait_seconds("2001:db8::ffff") > 0
    assert guesses.wait_seconds("2001:db8:0:1::1") == 0


def test_memory_is_bounded(guesses: Guesses) -> None:
    for number in range(3 * KEPT_ADDRESSES):
        guesses.note(f"10.0.{number // 256}.{number % 256}", right=number % 2 == 0)
    assert len(guesses._by_address._values) <= KEPT_ADDRESSES
    assert len(guesses._let_in._values) <= KEPT_ADDRESSES
    assert len(guesses._all) == MOST_OF_ALL
