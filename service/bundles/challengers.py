"""The challengers: the bundle that each stream's images are also scored with, in the champion's shadow."""

from typing import get_args

import structlog

from service.bundles.follower import BundleFollower, Refusal
from service.scoring.bundle import Bundle, BundleError
from service.scoring.scorer import Scorer
from service.scoring.verdict import Decision

log = structlog.get_logger(__name__)


class Challengers(BundleFollower):
    """Follows each stream's challenger, if it has one. Whatever is wrong with it, the champion keeps deciding.

    A challenger that failed on an image stays off until it is withdrawn, or another takes its place.
    """

    def get(self, stream: str) -> Scorer | None:
        """The scorer of a stream's challenger; None without one, or if it is refused or failed."""
        return None if stream in self._refusals else super().get(stream)

    def fail(self, stream: str, scorer: Scorer, error: Exception) -> None:
        """Turn off a challenger that failed on an image."""
        if self.get(stream) is scorer:
            self._refuse(stream, Refusal(scorer.bundle.id, f"it failed on an image ({type(error).__name__}: {error})"))

    def _chosen(self, stream: str) -> str | None:
        return self._store.challenger_id(stream)

    def _on_outdated(self, stream: str, loaded: Scorer) -> None:
        self._scorers[stream].retire()
        self._scorers = {name: each for name, each in self._scorers.items() if name != stream}
        self._clear_refusal(stream)
        self._metrics.challenger_info.remove(stream, loaded.bundle.id, loaded.bundle.manifest.autoencoder.name)
        log.info("challenger withdrawn", stream=stream, bundle=loaded.bundle.id)

    def _on_vacant(self, stream: str, loaded: Scorer) -> None:
        self._on_outdated(stream, loaded)

    def _read(self, stream: str, chosen: str) -> Bundle | None:
        if not chosen or chosen == self._store.champion_id(stream):  # promoted, and not yet cleared away
            return None
        return self._store.bundle(stream, chosen)

    def _on_loaded(self, stream: str, scorer: Scorer, replaced: Scorer | None) -> None:  # noqa: ARG002 - withdrawn already
        for champion in get_args(Decision):  # from 0, so that increase() counts the first of each
            for challenger in get_args(Decision):
                self._metrics.shadow_decisions.labels(stream, champion, challenger)
        self._metrics.shadow_faults.labels(stream)
        self._metrics.challenger_info.labels(stream, scorer.bundle.id, scorer.bundle.manifest.autoencoder.name).set(1)
        log.info("challenger loaded", stream=stream, bundle=scorer.bundle.id)

    def _on_refused(self, stream: str, refusal: Refusal) -> None:
        self._metrics.shadow_faults.labels(stream).inc()
        log.error("challenger does not judge", stream=stream, bundle=refusal.bundle, why=refusal.why)

    def _on_cleared(self, stream: str) -> None:
        """That it is loaded, or withdrawn, is reported."""

    def _on_unreadable_store(self, error: BundleError) -> None:
        """The champions report it."""

    def _on_readable_store(self) -> None:
        """The champions report it."""
