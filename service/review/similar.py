"""Past parts that look alike, and what people said of them.

Alike means near by code: the few numbers a bundle's autoencoder boils an image down to. Codes of different bundles
cannot be compared, so each part is looked up under the bundle of the part in question.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.record.messages import Source
from service.record.reviews import Review
from service.review.lru_cache import Recent

KEPT_CODE_BYTES = 64 * 1024 * 1024

Code = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A reviewed part and its cosine distance: 0 is the same direction, 1 is unrelated, 2 is opposite."""

    review: Review
    distance: float


class Codes:
    """Codes of parts by bundle, in memory alone: those used last, as many as fit."""

    def __init__(self) -> None:
        self._codes: Recent[tuple[str, Source], Code] = Recent(KEPT_CODE_BYTES, _size)

    def get(self, bundle: str, source: Source) -> Code | None:
        """The code of a part as a unit vector; None if it was not looked for, or has none."""
        code = self._codes.get((bundle, source))
        return None if code is None or not code.size else code

    def looked_for(self, bundle: str, source: Source) -> bool:
        """Whether something was put, if only that there is none."""
        return self._codes.get((bundle, source)) is not None

    def put(self, bundle: str, source: Source, code: Code | None) -> None:
        """Keep the code of a part, float32 of any shape; None if it has none."""
        flat = np.zeros(0, np.float32) if code is None else code.ravel()
        length = float(np.linalg.norm(flat))
        self._codes.put((bundle, source), flat / length if length else flat)


def _size(code: Code) -> int:
    return code.nbytes + 256  # keys and bookkeeping


def nearest(code: Code, others: Iterable[tuple[Review, Code]], most: int) -> list[Neighbour]:
    """The nearest by cosine distance, nearest first.

    Args:
        code: unit vector of the part in question.
        others: reviewed parts, each with its unit vector.
        most: how many to give at most.
    """
    found = [Neighbour(review, 1.0 - float(np.dot(code, other))) for review, other in others]
    return sorted(found, key=lambda alike: alike.distance)[:most]
