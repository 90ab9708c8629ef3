"""Work that may hang, as on a dead network share: done in threads that can be left behind."""

import threading
from collections.abc import Callable
from typing import TypeVar

from service.threads import in_background

Found = TypeVar("Found")

MOST_HANGING = 8
"""Threads left behind at once; beyond it nothing is tried, until one comes back."""


class Patience:
    """Does work within some time, or gives up on it; for any thread."""

    def __init__(self, seconds: float, name: str) -> None:
        self.seconds = seconds
        self._name = name
        self._free = threading.BoundedSemaphore(MOST_HANGING)

    def call(self, work: Callable[[], Found]) -> Found:
        """What the work returns, or raises.

        Raises:
            TimeoutError: if it takes too long, or others that did hang still.
        """
        if not self._free.acquire(timeout=self.seconds):
            raise TimeoutError

        def do() -> Found:
            try:
                return work()
            finally:
                self._free.release()

        return in_background(do, self._name).result(timeout=self.seconds)
