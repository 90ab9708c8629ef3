"""Calls that may never return."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from kafka.errors import KafkaTimeoutError

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """What a call of the Kafka client returns or raises, if it does so in time; it runs in a thread of its own.

    After a broker's restart kafka-python 3.0.12 may wait for ever for a flush, or for the end of a transaction, and
    most of its calls take no limit (ADR 10). The thread of a call that is given up ends with the client or the process.

    Raises:
        KafkaTimeoutError: if it does not return in time.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            outcome.set_exception(error)

    Thread(target=run, name="within", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError:
        raise KafkaTimeoutError(f"no answer within {seconds:g} s") from None
