"""The bundles that judge in a champion's shadow, one scorer a stream, followed as the store changes."""

from dataclasses import dataclass
from typing import get_args

import structlog

from service.metrics import Metrics
from service.scoring.bundle import BundleError, BundleStore
from service.scoring.scorer import Scorer
from service.scoring.verdict import Decision

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A challenger that does not judge, because it was refused or failed on an image, and why."""

    bundle: str
    why: str


class Challengers:
    """Loads each stream's challenger, if it has one. Whatever is wrong with it, the champion goes on deciding.

    `refresh` runs in one thread; everything else may be called from any: a swap replaces a whole dictionary. A
    challenger that failed on an image stays off until it is withdrawn, or another takes its place.
    """

    def __init__(self, store: BundleStore, metrics: Metrics, threads: int) -> None:
        self._store = store
        self._metrics = metrics
        self._threads = threads
        self._scorers: dict[str, Scorer] = {}
        self._faults: dict[str, Refusal] = {}

    def get(self, stream: str) -> Scorer | None:
        """The scorer of a stream's challenger; None without one, or if it is refused or failed."""
        return None if stream in self._faults else self._scorers.get(stream)

    def all(self) -> dict[str, Scorer]:
        """Stream -> challenger, by stream name, also those that failed since they were loaded."""
        return dict(sorted(self._scorers.items()))

    def faults(self) -> dict[str, Refusal]:
        """Stream -> the challenger that does not judge at present."""
        return dict(self._faults)

    def refresh(self) -> None:
        """Take in what is new in the store. What cannot be used is logged once and tried again next time."""
        try:
            streams = self._store.streams()
        except BundleError:
            return  # the champions say so
        for stream in streams:
            self._refresh_stream(stream)

    def fail(self, stream: str, scorer: Scorer, error: Exception) -> None:
        """A challenger failed on an image: it judges no more."""
        if self.get(stream) is scorer:
            self._refuse(stream, Refusal(scorer.bundle.id, f"it failed on an image ({type(error).__name__}: {error})"))

    def _refresh_stream(self, stream: str) -> None:
        current, chosen = self._scorers.get(stream), ""
        try:
            chosen = self._store.challenger_id(stream) or ""
            if current is not None and chosen == current.bundle.id:
                if stream in self._faults and self._faults[stream].bundle != chosen:  # the store could not be read
                    self._forgive(stream)
                return
            if current is not None:
                self._drop(stream, current)
            if not chosen or chosen == self._store.champion_id(stream):  # promoted, and not yet cleared away
                self._forgive(stream)
                return
            scorer = Scorer(self._store.bundle(stream, chosen), self._threads)
        except (BundleError, OSError) as error:
            self._refuse(stream, Refusal(chosen, str(error)))
            return
        self._take_in(stream, scorer)

    def _refuse(self, stream: str, fault: Refusal) -> None:
        if self._faults.get(stream) == fault:
            return
        self._faults = self._faults | {stream: fault}
        self._metrics.shadow_faults.labels(stream).inc()
        log.error("challenger does not judge", stream=stream, bundle=fault.bundle, why=fault.why)

    def _forgive(self, stream: str) -> None:
        self._faults = {name: fault for name, fault in self._faults.items() if name != stream}

    def _take_in(self, stream: str, scorer: Scorer) -> None:
        for champion in get_args(Decision):  # from 0, so that increase() sees the first of each
            for challenger in get_args(Decision):
                self._metrics.shadow_decisions.labels(stream, champion, challenger)
        self._metrics.shadow_faults.labels(stream)
        self._metrics.challenger_info.labels(stream, scorer.bundle.id, scorer.bundle.manifest.autoencoder.name).set(1)
        self._scorers = self._scorers | {stream: scorer}
        self._forgive(stream)
        log.info("challenger loaded", stream=stream, bundle=scorer.bundle.id)

    def _drop(self, stream: str, scorer: Scorer) -> None:
        self._scorers = {name: each for name, each in self._scorers.items() if name != stream}
        self._forgive(stream)
        self._metrics.challenger_info.remove(stream, scorer.bundle.id, scorer.bundle.manifest.autoencoder.name)
        log.info("challenger withdrawn", stream=stream, bundle=scorer.bundle.id)
