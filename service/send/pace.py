"""How fast images are sent, and how many in one transaction."""

import time
from collections.abc import Callable

MOST_IMAGES = 16
MOST_BYTES = 8 * 1024 * 1024
"""Of one transaction, beside its first image: a slow line must carry it before the brokers end it."""

PIECES = 4
"""Transactions in a second, at least, where a rate is set: so that images come evenly."""


class Pace:
    """Bounds batches, and spaces them by `--rate`."""

    def __init__(self, rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        """`rate` is images per second; None is as fast as the brokers take them."""
        self._rate = rate
        self._clock = clock
        self._next = clock()

    @property
    def most_images(self) -> int:
        """Of one batch."""
        return MOST_IMAGES if self._rate is None else min(MOST_IMAGES, max(1, int(self._rate / PIECES)))

    def is_full(self, images: int, size: int) -> bool:
        """Whether a batch of so many images and bytes takes no more."""
        return images >= self.most_images or size >= MOST_BYTES

    def seconds_to_wait(self) -> float:
        """Until the next batch may be sent."""
        return max(0.0, self._next - self._clock())

    def sent(self, images: int) -> None:
        """So many images were sent."""
        if self._rate is not None:
            self._next = max(self._next, self._clock() - 1.0 / self._rate) + images / self._rate
