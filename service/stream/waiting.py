"""Waiting for brokers with a deadline, and no longer than a stop allows."""

import time
from collections.abc import Callable
from typing import TypeVar

from kafka.errors import KafkaTimeoutError

from service.threads import LOOK_SECONDS, Stopped, in_background

T = TypeVar("T")

GRACE_SECONDS = 5.0
"""How long a transaction may still take when a stop is requested; one takes milliseconds while the brokers answer."""


def never() -> bool:
    """Whether a stop was requested, where nobody can request one."""
    return False


def within(seconds: float, call: Callable[[], T], stopped: Callable[[], bool] = never, grace: float = 0.0) -> T:
    """Run a call of the Kafka client with a deadline, in a thread of its own; returns or raises what it does.

    After a broker's restart kafka-python 3.0.12 may never return from a flush or from the end of a transaction, and
    most of its calls take no limit (ADR 10). An abandoned call's thread ends with the client or the process.

    Raises:
        KafkaTimeoutError: if it does not return in time.
        Stopped: if it has not returned `grace` seconds after a stop was requested.
    """
    outcome = in_background(call, "within")
    deadline, stop_at = time.monotonic() + seconds, None
    while True:
        now = time.monotonic()
        if stop_at is None and stopped():
            stop_at = now + grace
        end = deadline if stop_at is None else min(deadline, stop_at)
        try:
            return outcome.result(max(0.0, min(LOOK_SECONDS, end - now)))
        except TimeoutError:
            if outcome.done():  # the call's own
                raise
            if stop_at is not None and time.monotonic() >= stop_at:
                raise Stopped("a stop was requested") from None
            if time.monotonic() >= deadline:
                raise KafkaTimeoutError(f"no answer within {seconds:g} s") from None
