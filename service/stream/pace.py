"""The pace of publishing: an image alone goes at once; under load, batches grow until transactions cost little."""

import time
from collections.abc import Callable

QUIET_COSTS = 2.0
BUSY_COSTS = 20.0
"""So many times the length of a transaction an outcome waits at most: while few images are in flight; under load."""

LONGEST_SECONDS = 0.5
"""An outcome waits no longer than this, however slow the brokers are."""

_USUAL_SECONDS = 0.005
_WEIGHT = 0.2
"""Of the last transaction in the running mean."""


class Pace:
    """Decides when outcomes are published, and how many at most.

    1. Nothing else is in flight, or a whole batch is ready: at once.
    2. Less than a batch is in flight: more would come late, so soon.
    3. Otherwise the line is under load, and its outcomes wait for a batch.
    """

    def __init__(self, batch_images: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._batch_images = batch_images
        self._clock = clock
        self._cost = _USUAL_SECONDS
        self._since: float | None = None
        self.most = batch_images
        """Images in one transaction."""

    def seconds_left(self, ready: int, in_flight: int) -> float:
        """How long the ready ones among the images in flight are to wait yet; 0 is not at all."""
        if not ready:
            self._since = None
            return LONGEST_SECONDS
        if ready >= min(in_flight, self.most):
            return 0.0
        now = self._clock()
        if self._since is None:
            self._since = now
        costs = QUIET_COSTS if in_flight < self.most else BUSY_COSTS
        return max(0.0, self._since + min(costs * self._cost, LONGEST_SECONDS) - now)

    def missing(self, ready: int, in_flight: int) -> int:
        """How many more ready images change what `seconds_left` says; nobody need look at each."""
        return max(1, min(in_flight, self.most) - ready) if ready else 1

    def published(self, seconds: float) -> None:
        """A transaction took so long; the next may have twice as many images, up to a whole batch."""
        self._cost += _WEIGHT * (seconds - self._cost)
        self._since = None
        self.most = min(self._batch_images, 2 * self.most)

    def halve(self) -> None:
        """Publish half as many images at a time, at least one, until a batch goes through."""
        self.most = max(1, self.most // 2)
