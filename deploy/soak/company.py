"""The company that a service has while it works: new champions, scrapes, and people who open its page."""

import time
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from itertools import cycle
from pathlib import Path

from deploy.devtools.background import Background
from deploy.devtools.tiny_bundle import crown

TICK_SECONDS = 0.5


class Company(Background):
    """Swaps the champion, scrapes and loads pages in a thread of its own for as long as the context lasts."""

    def __init__(
        self, urls: Sequence[str], champions: Sequence[Path], swap_seconds: float, look_seconds: float
    ) -> None:
        super().__init__("company")
        self._urls = urls
        self._champions = cycle(champions)
        self._swap_seconds, self._look_seconds = swap_seconds, look_seconds
        self.swaps, self.scrapes, self.pages, self.refused = 0, 0, 0, 0

    def _run(self) -> None:
        swapped = looked = time.monotonic()
        while not self._ended.wait(TICK_SECONDS):
            now = time.monotonic()
            if now - swapped >= self._swap_seconds:
                swapped = now
                crown(next(self._champions))
                self.swaps += 1
            if now - looked >= self._look_seconds:
                looked = now
                for url in self._urls:
                    self.scrapes += self._got(f"{url}/metrics")
                    self.pages += self._got(f"{url}/")

    def _got(self, url: str) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own http address
                answer.read()
        except (OSError, HTTPException):
            self.refused += 1
            return False
        return True
