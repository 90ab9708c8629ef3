"""Scoring a part again, for the whole anomaly map and the latent that its verdict has no room for."""

import threading
from pathlib import Path
from time import monotonic

import structlog

from service.record.messages import Source
from service.review.lru_cache import LruCache
from service.review.patience import Patience
from service.scoring.bundle import BundleError, BundleStore
from service.scoring.decoding import decode_for
from service.scoring.graph import Prediction
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.manifest import Manifest
from service.scoring.scorer import Scorer

CACHED_BUNDLES = 3
CACHED_PREDICTIONS = 64
STORE_SECONDS = 30.0
"""To load a bundle: a store on a share that hangs counts as away after this long."""

AWAY_SECONDS = 60.0
"""After that, how long nothing is asked of it."""

log = structlog.get_logger(__name__)


class Rescorer:
    """Scores images with the bundle of their verdict, with caches of loaded bundles and predictions; for any thread."""

    def __init__(self, store: Path, limits: ImageLimits, threads: int) -> None:
        self._store = BundleStore(store)
        self._limits = limits
        self._threads = threads
        self._patience = Patience(STORE_SECONDS, "store")
        self._asked_again_at = 0.0
        self._lock = threading.Lock()  # a scorer belongs to one thread at a time
        self._scorers: LruCache[tuple[str, str], Scorer] = LruCache(CACHED_BUNDLES)
        self._predictions: LruCache[tuple[str, Source], Prediction] = LruCache(CACHED_PREDICTIONS)

    def manifest(self, stream: str, bundle: str) -> Manifest | None:
        """A bundle's manifest; None if the bundle is gone or cannot be used."""
        with self._lock:
            scorer = self._scorer(stream, bundle)
            return None if scorer is None else scorer.bundle.manifest

    def score(self, stream: str, bundle: str, source: Source, image: bytes) -> Prediction | None:
        """Score an encoded image; None if the bundle is gone or cannot be used.

        Raises:
            ImageRejected: if the image cannot be decoded.
        """
        known = self._predictions.get((bundle, source))
        if known is not None:
            return known
        with self._lock:
            scorer = self._scorer(stream, bundle)
        if scorer is None:
            return None
        decoded = decode_for(image, self._limits, scorer.input)  # outside of the lock: it takes longest
        with self._lock:
            try:
                prediction = scorer.score_decoded(decoded).prediction
            except ImageRejected:
                raise
            except (RuntimeError, ValueError) as error:  # the graph's runtime
                log.warning("a bundle fails on an image", bundle=bundle, source=str(source), why=str(error))
                return None
        self._predictions.put((bundle, source), prediction)
        return prediction

    def _scorer(self, stream: str, bundle: str) -> Scorer | None:
        scorer = self._scorers.get((stream, bundle))
        if scorer is None and monotonic() >= self._asked_again_at:
            try:
                scorer = self._patience.call(lambda: Scorer(self._store.bundle(stream, bundle), self._threads))
            except TimeoutError:  # a share that hangs: nobody else waits for it, for a while
                self._asked_again_at = monotonic() + AWAY_SECONDS
                return None
            except (BundleError, OSError):
                return None
            self._scorers.put((stream, bundle), scorer)
        return scorer
