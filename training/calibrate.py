"""Turning a false-alarm budget into a threshold."""

import math
from collections.abc import Sequence

from service.scoring.manifest import Calibration
from training.scored import ScoredFile


def calibrate(normals: Sequence[ScoredFile], false_alarm_rate: float) -> Calibration:
    """The split-conformal thresholds for held-out normal images scored through the exported graph.

    Args:
        normals: held-out normal images.
        false_alarm_rate: the budget, above 0 and below 1.

    If the next normal part is exchangeable with the n here, it scores above the k-th smallest,
    k = ceil((n + 1)(1 - rate)), with probability at most `rate`. Sources: Vovk, Gammerman & Shafer,
    Algorithmic Learning in a Random World (2005); Lei et al., "Distribution-Free Predictive Inference for
    Regression", JASA 113 (2018), section 2.2.

    Raises:
        ValueError: if there are too few images for the rate; the split sees to it that there are not.
    """
    k = rank(len(normals), false_alarm_rate)
    ascending = sorted(normal.score for normal in normals)
    peaks = sorted(normal.peak for normal in normals)
    return Calibration(
        false_alarm_rate=false_alarm_rate,
        n=len(normals),
        threshold=ascending[k - 1],
        pixel_threshold=peaks[k - 1],
        scores=tuple(ascending),
    )


def rank(n: int, false_alarm_rate: float) -> int:
    """Which of n ascending scores is the threshold, counted from 1.

    Raises:
        ValueError: if it would be beyond the n-th.
    """
    # (99 + 1) * (1 - 0.01) is a hair above 99 in floating point, and must give 99.
    k = max(1, math.ceil((n + 1) * (1.0 - false_alarm_rate) - 1e-9))
    if k > n:
        msg = f"expected enough calibration scores for a false-alarm rate of {false_alarm_rate:g}, found {n}"
        raise ValueError(msg)
    return k
