"""What each of several anomaly maps adds to the detection of defects, the cheapest map first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.statistics.detection_metrics import Scores, auroc

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TriedMap:
    """A map of images that nothing was fitted on."""

    name: str
    weight: float
    """In the sum of the maps."""
    multiply_adds: int
    """For one image."""
    normal: Floats
    """Of normal images, [n, h, w]."""
    defective: Floats
    """Of images with a defect, [m, h, w]."""


@dataclass(frozen=True, slots=True)
class MapWorth:
    """What one map costs, and adds to those before it."""

    name: str
    weight: float
    """Its share of all weights."""
    multiply_adds: int
    alone: float
    """The probability that a defect scores higher than a normal image, by this map alone."""
    together: float
    """The same by the weighted sum of this map and all before it."""
    likeness: float | None
    """The highest correlation of its scores with those of a map before it; None of the first."""


def map_worths(maps: Sequence[TriedMap], score: Callable[[Floats], Scores]) -> tuple[MapWorth, ...]:
    """The worth of each map, in the order of their multiply-adds.

    Args:
        maps: all of the same images and sizes.
        score: from maps, float32 [n, h, w], to the scores of the images, float64 [n].
    """
    found: list[MapWorth] = []
    ordered = sorted(maps, key=lambda each: each.multiply_adds)
    total = sum(each.weight for each in ordered)
    scores = [(score(each.normal), score(each.defective)) for each in ordered]
    joined = [np.concatenate(each) for each in scores]
    for number, each in enumerate(ordered):
        so_far = ordered[: number + 1]
        normal = np.sum([one.weight * one.normal for one in so_far], axis=0)
        defective = np.sum([one.weight * one.defective for one in so_far], axis=0)
        likenesses = [_correlation(joined[number], other) for other in joined[:number]]
        found.append(
            MapWorth(
                name=each.name,
                weight=each.weight / total,
                multiply_adds=each.multiply_adds,
                alone=auroc(*scores[number]),
                together=auroc(score(normal), score(defective)),
                likeness=max(likenesses, default=None),
            )
        )
    return tuple(found)


def _correlation(one: Scores, other: Scores) -> float:
    """Pearson's; 0 where either does not vary."""
    if not (one.std() > 0.0 and other.std() > 0.0):
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
