"""A thread that lives as long as a context."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
