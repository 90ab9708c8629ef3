"""The state of the line that the status page shows, as counted by this process since it started."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from service.scoring.drift import Signal

MINUTES = 30
"""The length of the charts on the status page."""

KEPT_ANOMALIES = 24
STALE_SECONDS = 60.0
"""The main loop turns several times a second; if it has not for this long, it hangs."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """An anomaly as the status page draws it: pixels uint8 [height, width, channels] and map float32 [h, w]."""

    id: str
    part_id: str
    stream: str
    captured_at: datetime
    error_ratio: float
    p_value: float
    bundle: str
    pixels: NDArray[np.uint8]
    anomaly_map: NDArray[np.float32]
    pixel_threshold: float


@dataclass(frozen=True, slots=True)
class Minute:
    """Counts of one stream in one minute; `reviews` are the parts to be reviewed."""

    number: int
    images: int = 0
    reviews: int = 0
    anomalies: int = 0


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """Counts of one stream since the start, and its recent minutes, oldest first."""

    images: int = 0
    reviews: int = 0
    anomalies: int = 0
    first_image: float = 0.0
    last_image: float = 0.0
    minutes: tuple[Minute, ...] = ()
    unlike_fit: Mapping[str, int] = field(default_factory=dict)
    """In what images differ from those of the fit -> how many."""
    drift: Mapping[Signal, float] | None = None
    """Evidence of drift by signal, divided by its limit; None where the bundle has no limits, or before the first
    image."""
    burst: float | None = None

    def rate(self, now: float) -> float:
        """Images per second over this minute and the one before; times are Unix times."""
        since = 60.0 * (now // 60.0 - 1.0)
        images = sum(minute.images for minute in self.minutes if 60.0 * minute.number >= since)
        return images / max(1.0, now - max(since, self.first_image))


class Status:
    """Thread-safe counts: written by the main loop, read by the pages; every read is a snapshot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: dict[str, StreamStatus] = {}
        self._anomalies: deque[Anomaly] = deque(maxlen=KEPT_ANOMALIES)
        self._dead_letters = 0
        self._in_group = False
        self._last_heartbeat = 0.0
        self._last_store_heartbeat = 0.0
        self.store_trouble = ""
        """Why the store cannot be read, or nothing; set by its watcher."""
        self._stuck: tuple[str, ...] = ()

    def count(
        self,
        stream: str,
        *,
        images: int,
        reviews: int = 0,
        anomalies: Iterable[Anomaly] = (),
        unlike_fit: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Add the verdicts of one batch and one stream."""
        new = list(anomalies)
        now = time.time()
        with self._lock:
            before = self._streams.get(stream, StreamStatus())
            self._streams[stream] = replace(
                before,
                images=before.images + images,
                reviews=before.reviews + reviews,
                anomalies=before.anomalies + len(new),
                first_image=before.first_image or now,
                last_image=now,
                minutes=_add(before.minutes, Minute(int(now // 60), images, reviews, len(new))),
                unlike_fit=Counter(before.unlike_fit) + Counter(unlike_fit),
            )
            self._anomalies.extend(new)

    def set_drift(self, stream: str, *, drift: Mapping[Signal, float] | None, burst: float | None) -> None:
        """Set a stream's evidence of drift and of a burst, each divided by its limit."""
        with self._lock:
            before = self._streams.get(stream, StreamStatus())
            self._streams[stream] = replace(before, drift=drift, burst=burst)

    def count_dead_letters(self, number: int) -> None:
        """Add images without a verdict."""
        with self._lock:
            self._dead_letters += number

    def heartbeat(self, in_group: bool) -> None:
        """The main loop turned."""
        with self._lock:
            self._in_group = in_group
            self._last_heartbeat = time.monotonic()

    def set_stuck(self, why: Iterable[str]) -> None:
        """Why partitions are stuck at present, a sentence each."""
        self._stuck = tuple(why)

    @property
    def in_group(self) -> bool:
        """Whether this replica is a member of its consumer group."""
        return self._in_group

    @property
    def stale(self) -> bool:
        """Whether the main loop has started and then not turned for STALE_SECONDS."""
        return _is_stale(self._last_heartbeat)

    def hangs(self) -> str:
        """Why the process should be looked at or started again, or nothing."""
        if self.stale:
            return "the main loop hangs"
        if _is_stale(self._last_store_heartbeat):
            return "the store's watcher hangs"
        return "; ".join(self._stuck)

    def store_heartbeat(self) -> None:
        """The store's watcher turned; it does so while the store hangs, too, which a restart would not mend."""
        self._last_store_heartbeat = time.monotonic()

    @property
    def dead_letters(self) -> int:
        """Images without a verdict since the start."""
        return self._dead_letters

    def stream(self, name: str) -> StreamStatus:
        """Counts of one stream."""
        with self._lock:
            return self._streams.get(name, StreamStatus())

    def anomalies(self) -> list[Anomaly]:
        """The latest anomalies, newest first."""
        with self._lock:
            return list(reversed(self._anomalies))


def _is_stale(heartbeat: float) -> bool:
    return heartbeat > 0 and time.monotonic() - heartbeat > STALE_SECONDS


def _add(minutes: tuple[Minute, ...], new: Minute) -> tuple[Minute, ...]:
    if minutes and minutes[-1].number == new.number:
        last = minutes[-1]
        grown = replace(
            last,
            images=last.images + new.images,
            reviews=last.reviews + new.reviews,
            anomalies=last.anomalies + new.anomalies,
        )
        return (*minutes[:-1], grown)
    recent = tuple(minute for minute in minutes if minute.number > new.number - MINUTES)
    return (*recent, new)
