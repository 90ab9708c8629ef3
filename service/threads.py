"""Threads that live as long as a context, or until somebody no longer waits for them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

LOOK_SECONDS = 0.1
"""How soon a stop is noticed."""


class Stopped(Exception):  # noqa: N818 - an event
    """What was waited for is no longer wanted."""


@contextmanager
def running(
    target: Callable[[threading.Event], None], stop: threading.Event, name: str, join_seconds: float | None = None
) -> Iterator[threading.Thread]:
    """Run `target(stop)` in a daemon thread for as long as the context lasts; gives the thread.

    Args:
        target: returns soon after `stop` is set.
        stop: set when the context ends.
        name: the thread's.
        join_seconds: how long the context's end waits for the thread; None is as long as it takes.
    """
    thread = threading.Thread(target=target, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(timeout=join_seconds)


def in_background(call: Callable[[], T], name: str) -> Future[T]:
    """Run a call in a daemon thread, which can be left to itself; gives what it returns or raises."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again where the outcome is waited for
            outcome.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return outcome


class Begun(Generic[T]):
    """A call that was begun in the background before its outcome is needed."""

    def __init__(self, call: Callable[[], T], name: str) -> None:
        self._call = call
        self._outcome = in_background(call, name)

    def is_under_way(self) -> bool:
        """Whether it has neither returned nor failed yet."""
        return not self._outcome.done()

    def result(self) -> T:
        """Wait for it; returns or raises what it does. If it has failed by now it is made again: that may be mended."""
        has_failed = self._outcome.done() and self._outcome.exception() is not None
        return self._call() if has_failed else self._outcome.result()


def until_stopped(call: Callable[[], T], stop: threading.Event, name: str) -> T:
    """Run a call that may take long, such as to brokers that are away; returns or raises what it does.

    Args:
        call: what to run, in a daemon thread: after a stop it is left to itself.
        stop: ends the wait.
        name: the thread's.

    Raises:
        Stopped: if `stop` is set first.
    """
    outcome = in_background(call, name)
    while not stop.is_set():
        try:
            return outcome.result(LOOK_SECONDS)
        except TimeoutError:
            if outcome.done():  # the call's own
                raise
    raise Stopped
