from threading import Event

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError

from service.stream.publisher import within


def test_a_call_that_returns_in_time_gives_what_it_returns() -> None:
    assert within(60.0, lambda: 7) == 7


def test_what_a_call_raises_is_raised() -> None:
    def fail() -> None:
        raise KafkaError("gone")

    with pytest.raises(KafkaError, match="gone"):
        within(60.0, fail)


def test_a_call_that_never_returns_is_given_up() -> None:
    done = Event()
    with pytest.raises(KafkaTimeoutError, match=r"no answer within 0\.01 s"):
        within(0.01, done.wait)
    done.set()
