"""Scoring a part again, to see the whole map and the code that its verdict has no room for."""

import base64
import binascii
import threading
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from service.record.messages import Source, VerdictMessage
from service.review.lru_cache import Recent
from service.scoring.anomaly_map import layer_png, to_grey
from service.scoring.bundle import BundleError, BundleStore
from service.scoring.graph import Prediction
from service.scoring.image import ImageLimits, decode, preprocess
from service.scoring.manifest import Manifest
from service.scoring.scorer import Scorer

KEPT_BUNDLES = 3
KEPT_SCORED = 64


class Rescorer:
    """Scores images by the bundle of their verdict, the last few bundles being kept loaded; for any thread."""

    def __init__(self, store: Path, limits: ImageLimits, threads: int) -> None:
        self._store = BundleStore(store)
        self._limits = limits
        self._threads = threads
        self._lock = threading.Lock()  # a scorer belongs to one thread at a time
        self._scorers: Recent[tuple[str, str], Scorer] = Recent(KEPT_BUNDLES)
        self._scored: Recent[tuple[str, Source], Prediction] = Recent(KEPT_SCORED)

    def manifest(self, stream: str, bundle: str) -> Manifest | None:
        """What a bundle says of itself; None if it is gone or cannot be used."""
        with self._lock:
            scorer = self._scorer(stream, bundle)
            return None if scorer is None else scorer.bundle.manifest

    def score(self, stream: str, bundle: str, source: Source, image: bytes) -> Prediction | None:
        """Score an encoded image; None if the bundle is gone or cannot be used.

        Raises:
            ImageRejected: if the image cannot be decoded.
        """
        known = self._scored.get((bundle, source))
        if known is not None:
            return known
        pixels = decode(image, self._limits)
        with self._lock:
            scorer = self._scorer(stream, bundle)
            if scorer is None:
                return None
            scored = scorer.score([preprocess(pixels, scorer.input)])[0]
        self._scored.put((bundle, source), scored)
        return scored

    def _scorer(self, stream: str, bundle: str) -> Scorer | None:
        scorer = self._scorers.get((stream, bundle))
        if scorer is None:
            try:
                scorer = Scorer(self._store.bundle(stream, bundle), self._threads)
            except (BundleError, OSError):
                return None
            self._scorers.put((stream, bundle), scorer)
        return scorer


def whole_map(scored: Prediction, manifest: Manifest) -> bytes:
    """A map as a PNG to lay over the image, on the fixed scale."""
    return layer_png(to_grey(scored.anomaly_map, manifest.calibration.pixel_threshold))


def small_map(verdict: VerdictMessage) -> bytes | None:
    """The same of the small map in a verdict; None if there is none that can be read."""
    try:
        packed = base64.b64decode(verdict.anomaly_map or "", validate=True)
    except binascii.Error:
        return None
    grey = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE) if packed else None
    return None if grey is None else layer_png(_as_bytes(grey))


def _as_bytes(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    return grey.astype(np.uint8)
