"""Watching the store: one look after another, without anything waiting for a store that does not answer."""

import threading
import time

import structlog

from service.bundles.challengers import Challengers
from service.bundles.champions import Champions
from service.metrics import Metrics
from service.status import Status

log = structlog.get_logger(__name__)

SLOW_SECONDS = 60.0
"""A look that takes longer is reported: a network share hangs, or a graph that is being loaded."""

SLOW = f"expected the bundle store to answer, found that a look takes more than {SLOW_SECONDS:.0f} s; check its mount"

BEAT_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
LAST_SECONDS = 2.0
"""How long a stop waits for the look that is under way."""


class StoreWatcher:
    """Looks for other champions and challengers, each look in a thread of its own.

    A read of a dead network share returns when it likes, and cannot be interrupted. So `run` only waits for looks: the
    loaded bundles go on deciding meanwhile, and `linewatch run` can stop.
    """

    def __init__(
        self, champions: Champions, challengers: Challengers, metrics: Metrics, status: Status, every_seconds: float
    ) -> None:
        self._champions = champions
        self._challengers = challengers
        self._metrics = metrics
        self._status = status
        self._every_seconds = every_seconds
        self.looked = threading.Event()
        """Set once all champions have been looked for."""

    def run(self, stop: threading.Event) -> None:
        """Look until stopped."""
        while not stop.is_set():
            self._status.store_heartbeat()
            self._wait_for(self._begin(), stop)
            self._pause(stop)

    def _pause(self, stop: threading.Event) -> None:
        until = time.monotonic() + self._every_seconds
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            self._status.store_heartbeat()
            stop.wait(min(left, LONGEST_PAUSE_SECONDS))

    def _begin(self) -> threading.Thread:
        look = threading.Thread(target=self._look, name="store look", daemon=True)
        look.start()
        return look

    def _look(self) -> None:
        try:
            self._champions.refresh()
            self.looked.set()
            self._challengers.refresh()
        except Exception:  # whatever it is, the next look may be better
            log.exception("looking at the store failed")

    def _wait_for(self, look: threading.Thread, stop: threading.Event) -> None:
        began, is_slow = time.monotonic(), False
        while look.is_alive() and not stop.is_set():
            self._status.store_heartbeat()
            look.join(BEAT_SECONDS)
            if look.is_alive() and not is_slow and time.monotonic() - began > SLOW_SECONDS:
                is_slow = True
                self._set_trouble(SLOW)
                log.error("bundle store does not answer", why=SLOW)
        look.join(LAST_SECONDS)
        if look.is_alive():  # stopped
            return
        if is_slow:
            log.info("bundle store answers again", seconds=round(time.monotonic() - began))
        self._set_trouble(self._champions.store_error)

    def _set_trouble(self, why: str) -> None:
        self._status.store_trouble = why
        self._metrics.store_unreadable.set(bool(why))
