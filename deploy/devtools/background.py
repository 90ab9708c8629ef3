"""Work in a thread of its own for as long as a context lasts."""

import threading
from abc import ABC, abstractmethod
from typing import Self


class Background(ABC):
    """A context manager: `_run` begins in a daemon thread on entry, and is waited for at the end or by `stop`."""

    def __init__(self, name: str) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the work and wait until it has ended; stopping twice does nothing."""
        self._ended.set()
        self._thread.join()

    @abstractmethod
    def _run(self) -> None:
        """Work until `_ended` is set."""
