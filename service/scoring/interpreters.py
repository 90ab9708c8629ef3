"""The interpreters of one LiteRT graph: as many images at a time as there are cores to score them."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any, Protocol


class Run(Protocol):
    """An interpreter's signature runner."""

    def __call__(self, **inputs: Any) -> Mapping[str, Any]: ...

    def get_input_details(self) -> Mapping[str, Any]: ...

    def get_output_details(self) -> Mapping[str, Any]: ...


class Interpreters:
    """Lends interpreters, each to one thread at a time; one more is made when all are busy, up to `most`.

    Interpreters are made by need, because each takes memory of its own: a line that one of them keeps up with has one.
    """

    def __init__(self, make: Callable[[], Run], most: int) -> None:
        """Make the first.

        Raises:
            Exception: whatever `make` does.
        """
        self._make = make
        self._most = most
        self._made = 1
        self._lock = threading.Lock()
        self._idle: LifoQueue[Run] = LifoQueue()
        self._idle.put(make())

    @contextmanager
    def lent(self) -> Iterator[Run]:
        """An interpreter for as long as the context lasts; waits for one if all are busy."""
        run = self._take()
        try:
            yield run
        finally:
            self._idle.put(run)

    def _take(self) -> Run:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._another() or self._idle.get()

    def _another(self) -> Run | None:
        with self._lock:
            if self._made >= self._most:
                return None
            self._made += 1
        try:
            return self._make()
        except Exception:  # noqa: BLE001 - there is no room for one more: no image is at fault, and those there are go on
            self._most = 1
            return None
