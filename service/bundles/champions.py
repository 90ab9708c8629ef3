"""The bundles that decide now, one scorer a stream, followed as the store changes."""

from dataclasses import dataclass

import structlog

from service.metrics import OUTCOMES, Metrics
from service.scoring.bundle import BundleError, BundleStore
from service.scoring.drift import SIGNS
from service.scoring.scorer import Scorer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A champion that could not be taken in, and why."""

    bundle: str
    why: str


class Champions:
    """Loads each stream's champion and swaps in new ones whole; a bad bundle is refused and the old one goes on.

    `refresh` runs in one thread; `get` and `all` may be called from any other: a swap replaces a whole dictionary.
    """

    def __init__(self, store: BundleStore, metrics: Metrics, threads: int) -> None:
        self._store = store
        self._metrics = metrics
        self._threads = threads
        self._scorers: dict[str, Scorer] = {}
        self._refused: dict[str, Refusal] = {}
        self._store_fault = ""

    def get(self, stream: str) -> Scorer | None:
        """The scorer that decides for a stream now."""
        return self._scorers.get(stream)

    def all(self) -> dict[str, Scorer]:
        """Stream -> scorer, by stream name."""
        return dict(sorted(self._scorers.items()))

    def refusals(self) -> dict[str, Refusal]:
        """Stream -> the champion that is refused at present."""
        return dict(self._refused)

    def refresh(self) -> None:
        """Take in what is new in the store. What cannot be used is logged once and tried again next time."""
        try:
            streams = self._store.streams()
        except BundleError as error:
            if str(error) != self._store_fault:
                log.error("bundle store unreadable", why=str(error))  # noqa: TRY400 - one clear line
            self._store_fault = str(error)
            return
        self._store_fault = ""
        for stream in streams:
            self._refresh_stream(stream)

    def _refresh_stream(self, stream: str) -> None:
        current = self._scorers.get(stream)
        chosen = ""
        try:
            chosen = self._store.champion_id(stream) or ""
            if current is not None and chosen == current.bundle.id:
                self._refused.pop(stream, None)
                return
            scorer = Scorer(self._store.champion(stream), self._threads)
        except (BundleError, OSError) as error:
            self._refuse(stream, Refusal(chosen, str(error)))
            return
        self._swap_in(stream, scorer)

    def _refuse(self, stream: str, refusal: Refusal) -> None:
        if self._refused.get(stream) == refusal:
            return
        self._refused = self._refused | {stream: refusal}
        self._metrics.reloads.labels(stream, "refused").inc()
        kept = self._scorers.get(stream)
        log.error("bundle refused", stream=stream, why=refusal.why, still_deciding=kept.bundle.id if kept else None)

    def _swap_in(self, stream: str, scorer: Scorer) -> None:
        old = self._scorers.get(stream)
        self._scorers = self._scorers | {stream: scorer}
        self._refused.pop(stream, None)
        if old is not None:
            self._metrics.bundle_info.remove(stream, old.bundle.id, old.bundle.manifest.autoencoder.name)
        manifest = scorer.bundle.manifest
        self._metrics.bundle_info.labels(stream, scorer.bundle.id, manifest.autoencoder.name).set(1)
        self._metrics.threshold.labels(stream).set(manifest.calibration.threshold)
        self._metrics.reloads.labels(stream, "loaded").inc()
        for outcome in OUTCOMES:  # from 0, so that increase() sees the first of each
            self._metrics.images.labels(stream, outcome)
        self._metrics.audits.labels(stream)
        for sign in SIGNS:
            self._metrics.drift_alarms.labels(stream, sign)
        self._metrics.burst_alarms.labels(stream)
        log.info(
            "bundle loaded",
            stream=stream,
            bundle=scorer.bundle.id,
            threshold=manifest.calibration.threshold,
            replaces=old.bundle.id if old else None,
        )
