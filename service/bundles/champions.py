"""The champions: the bundle that decides for each stream, hot-swapped as the store changes."""

import structlog

from service.bundles.follower import BundleFollower, Refusal
from service.metrics import OUTCOMES
from service.scoring.bundle import Bundle, BundleError
from service.scoring.drift import SIGNALS
from service.scoring.scorer import Scorer
from service.scoring.unlike_fit import DIFFERENCES

log = structlog.get_logger(__name__)


class Champions(BundleFollower):
    """Follows each stream's champion. If it is bad or gone from the store, the one before it keeps deciding."""

    def _chosen(self, stream: str) -> str | None:
        return self._store.champion_id(stream)

    def _read(self, stream: str, chosen: str) -> Bundle:
        return self._store.bundle(stream, chosen) if chosen else self._store.champion(stream)

    def _on_outdated(self, stream: str, loaded: Scorer) -> None:
        """It keeps deciding until the next one is loaded."""

    def _on_vacant(self, stream: str, loaded: Scorer) -> None:
        why = (
            f"expected a champion of stream {stream!r} in {self._store.root}, found none any more, "
            f"and {loaded.bundle.id} goes on deciding; mount the store, or promote a bundle"
        )
        self._refuse(stream, Refusal("", why, is_gone=True))

    def _on_loaded(self, stream: str, scorer: Scorer, replaced: Scorer | None) -> None:
        manifest = scorer.bundle.manifest
        if replaced is not None:
            info = replaced.bundle.manifest.autoencoder
            self._metrics.bundle_info.remove(stream, replaced.bundle.id, info.name)
        self._metrics.bundle_info.labels(stream, scorer.bundle.id, manifest.autoencoder.name).set(1)
        self._metrics.threshold.labels(stream).set(manifest.calibration.threshold)
        self._metrics.reloads.labels(stream, "loaded").inc()
        self._start_counters(stream, scorer.bundle.id)
        log.info(
            "bundle loaded",
            stream=stream,
            bundle=scorer.bundle.id,
            threshold=manifest.calibration.threshold,
            replaces=replaced.bundle.id if replaced else None,
        )

    def _start_counters(self, stream: str, bundle: str) -> None:
        """From 0, so that increase() counts the first of each."""
        for outcome in OUTCOMES:
            self._metrics.images.labels(stream, outcome)
        self._metrics.audits.labels(stream)
        self._metrics.unscorable.labels(stream, bundle)
        for signal in SIGNALS:
            self._metrics.drift_alarms.labels(stream, signal)
        self._metrics.burst_alarms.labels(stream)
        self._metrics.champion_missing.labels(stream).set(0)
        for what in DIFFERENCES:
            self._metrics.unlike_fit.labels(stream, what)

    def _on_refused(self, stream: str, refusal: Refusal) -> None:
        kept = self._scorers.get(stream)
        what = "champion gone from the store" if refusal.is_gone else "bundle refused"
        log.error(what, stream=stream, why=refusal.why, still_deciding=kept.bundle.id if kept else None)
        self._metrics.champion_missing.labels(stream).set(1)
        if not refusal.is_gone:
            self._metrics.reloads.labels(stream, "refused").inc()

    def _on_cleared(self, stream: str) -> None:
        log.info("the store's champion can be used again", stream=stream)
        self._metrics.champion_missing.labels(stream).set(0)

    def _on_unreadable_store(self, error: BundleError) -> None:
        log.error("bundle store unreadable", why=str(error))

    def _on_readable_store(self) -> None:
        log.info("bundle store readable again")
