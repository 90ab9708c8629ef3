"""Similar past parts and their reviews: nearest neighbours in latent space.

Latents of different bundles cannot be compared, so every part is encoded with the bundle of the part in question.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from service.record.messages import Source
from service.record.reviews import Review
from service.review.image_source import ImageGone, ImageSource
from service.review.lru_cache import LruCache
from service.review.part_index import PartIndex, ReviewPart
from service.review.rescorer import Rescorer
from service.scoring.image import ImageRejected

MAX_NEIGHBOURS = 6
MAX_NEW_LATENTS = 4
"""Reviewed parts that one search encodes: after a restart the cache fills up search by search."""

CACHED_LATENT_BYTES = 64 * 1024 * 1024

Latent = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A reviewed part and its cosine distance: 0 is the same direction, 1 is unrelated, 2 is opposite."""

    review: Review
    distance: float


class LatentCache:
    """Latents of parts by bundle, in memory: the last used ones, as many as fit."""

    def __init__(self) -> None:
        self._latents: LruCache[tuple[str, Source], Latent] = LruCache(CACHED_LATENT_BYTES, _size)

    def get(self, bundle: str, source: Source) -> Latent | None:
        """The latent of a part as a unit vector; None if it is not known, or the part has none."""
        latent = self._latents.get((bundle, source))
        return None if latent is None or not latent.size else latent

    def is_known(self, bundle: str, source: Source) -> bool:
        """Whether something was put, if only that the part has no latent."""
        return self._latents.get((bundle, source)) is not None

    def put(self, bundle: str, source: Source, latent: Latent | None) -> None:
        """Add the latent of a part, float32 of any shape; None if it has none."""
        flat = np.zeros(0, np.float32) if latent is None else latent.ravel()
        if not np.isfinite(flat).all():
            flat = np.zeros(0, np.float32)
        length = float(np.linalg.norm(flat))
        self._latents.put((bundle, source), flat / length if length else flat)


class SimilarParts:
    """Finds the reviewed parts nearest to a part; for any thread."""

    def __init__(self, index: PartIndex, images: ImageSource, rescorer: Rescorer) -> None:
        self._index = index
        self._images = images
        self._rescorer = rescorer
        self._latents = LatentCache()

    def find(self, part: ReviewPart) -> list[Neighbour] | None:
        """Reviewed parts of the same stream, nearest first; None if the bundle gives no latent of this part.

        Raises:
            StreamError: if the brokers are away.
            ArchiveError: if the archive cannot be read.
        """
        stream, bundle = part.verdict.stream, part.verdict.bundle
        latent = self._latent(stream, bundle, part.source, part.digest)
        if latent is None:
            return None
        reviewed = [each for each in self._index.reviews() if each.stream == stream and each.source != part.source]
        new = (each for each in reversed(reviewed) if not self._latents.is_known(bundle, each.source))
        for each in islice(new, MAX_NEW_LATENTS):
            self._latent(stream, bundle, each.source, each.digest)
        others = ((each, self._latents.get(bundle, each.source)) for each in reviewed)
        return nearest(latent, ((each, found) for each, found in others if found is not None), MAX_NEIGHBOURS)

    def _latent(self, stream: str, bundle: str, source: Source, digest: str | None) -> Latent | None:
        if not self._latents.is_known(bundle, source):
            try:
                prediction = self._rescorer.score(stream, bundle, source, self._images.get(source, digest))
            except (ImageGone, ImageRejected):
                prediction = None
            self._latents.put(bundle, source, prediction.latent if prediction else None)
        return self._latents.get(bundle, source)


def nearest(latent: Latent, others: Iterable[tuple[Review, Latent]], most: int) -> list[Neighbour]:
    """The nearest by cosine distance, nearest first.

    Args:
        latent: unit vector of the part in question.
        others: reviewed parts, each with its unit vector.
        most: how many to return.
    """
    found = [Neighbour(review, 1.0 - float(np.dot(latent, other))) for review, other in others]
    return sorted(found, key=lambda neighbour: neighbour.distance)[:most]


def _size(latent: Latent) -> int:
    return latent.nbytes + 256  # keys and bookkeeping
