"""AUROC, AUPRO, average precision and McNemar's test: how well scores and maps separate defects; arrays in."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES, AT_ONCE = 1000, 50
"""Of the bootstrap; all at once would need RESAMPLES times the images in memory."""

LEVELS = 4096
FINEST_SHARE = 1e-7
"""Thresholds of a per-region overlap, dense in the upper tail, where false-positive rates are small."""

Scores = NDArray[np.float64]
Times = NDArray[np.int64]


def auroc(normals: Scores, defects: Scores) -> float:
    """The probability that a defect scores higher than a normal image; a tie counts half."""
    once = (np.ones((1, len(scores)), np.int64) for scores in (normals, defects))
    return float(_weighted_auroc(normals, defects, *once)[0])


def auroc_interval(normals: Scores, defects: Scores, seed: int) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the AUROC; normal images and defects are drawn apart.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    random = np.random.default_rng(seed)
    sizes = len(normals), len(defects)
    found = [
        _weighted_auroc(normals, defects, *(random.multinomial(n, np.full(n, 1 / n), AT_ONCE) for n in sizes))
        for _ in range(RESAMPLES // AT_ONCE)
    ]
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def average_precision(normals: Scores, defects: Scores) -> float:
    """The mean over defects of the precision at the threshold that just catches each."""
    from sklearn.metrics import average_precision_score  # noqa: PLC0415 - takes a second, which other commands need not

    is_defect = np.repeat([0, 1], [len(normals), len(defects)])
    return float(average_precision_score(is_defect, np.concatenate([normals, defects])))


def tpr_at_fpr(normals: Scores, defects: Scores, rate: float) -> float:
    """The share of defects above the lowest threshold that at most `rate` of the normal images exceed."""
    allowed = int(rate * len(normals) + 1e-9)
    threshold = np.sort(normals)[::-1][min(allowed, len(normals) - 1)]
    return float((defects > threshold).mean())


def roc(normals: Scores, defects: Scores) -> tuple[Scores, Scores]:
    """False-positive and true-positive rates for thresholds from the highest score down; both start at 0."""
    thresholds = np.unique(np.concatenate([normals, defects]))[::-1]
    rates = [
        1.0 - np.searchsorted(np.sort(scores), thresholds, side="left") / len(scores) for scores in (normals, defects)
    ]
    return np.concatenate([[0.0], rates[0]]), np.concatenate([[0.0], rates[1]])


def mcnemar(first_only: int, second_only: int) -> float:
    """The exact two-sided p-value that two judges of the same images are right equally often.

    Args:
        first_only: images on which only the first is right.
        second_only: images on which only the second is; what both are right or wrong on does not count.

    Source: McNemar, Psychometrika 12 (1947); exact by the binomial distribution.
    """
    from scipy.stats import binomtest  # noqa: PLC0415 - as above

    differing = first_only + second_only
    return float(binomtest(first_only, differing, 0.5).pvalue) if differing else 1.0


class RegionOverlap:
    """The per-region overlap curve, gathered image by image: memory does not grow with their number.

    For each threshold, the overlap is the mean over all connected regions of the masks, of all images, of the share of
    a region's pixels above the threshold; the false-positive rate is the share of all other pixels above it. Every
    region counts alike, however small. Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 129 (2021).
    """

    def __init__(self, thresholds: Sequence[float] | Scores) -> None:
        """Pixels are compared to these, in any order; see `thresholds_for`."""
        self._edges = np.unique(np.asarray(thresholds, np.float32))
        self._normal = np.zeros(len(self._edges) + 1)
        self._regions = np.zeros(len(self._edges) + 1)
        self._count = 0

    def add(self, anomaly_map: NDArray[np.float32], mask: NDArray[np.bool_]) -> None:
        """Count one image: its map [h, w] of any size is enlarged bilinearly to its mask's [height, width]."""
        height, width = mask.shape
        resized = anomaly_map
        if anomaly_map.shape != mask.shape:
            resized = cv2.resize(anomaly_map, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        bins = np.searchsorted(self._edges, resized, side="right")
        size = len(self._normal)
        self._normal += np.bincount(bins[~mask], minlength=size)
        count, components = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
        if count > 1:
            labels = components.astype(np.intp)
            share = 1.0 / np.bincount(labels[mask], minlength=count).clip(min=1)
            self._regions += np.bincount(bins[mask], weights=share[labels[mask]], minlength=size)
            self._count += count - 1

    def area(self, limit: float) -> float | None:
        """The area under the curve up to the false-positive rate `limit`, divided by it.

        None without any region, or without any normal pixel.

        The curve is linear between thresholds, and starts at the origin.
        """
        normal = self._normal.sum()
        if not normal or not self._count:
            return None
        # From the highest threshold down: what lies at or above each.
        false_positives = np.concatenate([[0.0], np.cumsum(self._normal[::-1]) / normal])
        overlap = np.concatenate([[0.0], np.cumsum(self._regions[::-1]) / self._count])
        inside = false_positives < limit
        x = np.append(false_positives[inside], limit)
        y = np.append(overlap[inside], np.interp(limit, *_last_of_each(false_positives, overlap)))
        return float(np.trapezoid(y, x) / limit)


def thresholds_for(anomaly_maps: Sequence[NDArray[np.float32]]) -> Scores:
    """Thresholds for a RegionOverlap of these maps: their values, or of many the quantiles that matter.

    Equal steps are added, since enlarged maps have values that lie between.
    """
    values = np.concatenate([each.ravel() for each in anomaly_maps]).astype(np.float64)
    between = np.linspace(values.min(), values.max(), LEVELS)
    if len(values) > LEVELS:
        values = np.quantile(values, 1.0 - np.geomspace(FINEST_SHARE, 1.0, LEVELS))
    return np.concatenate([values, between])


def _last_of_each(x: Scores, y: Scores) -> tuple[Scores, Scores]:
    """Ascending points without those that only rise, so that they can be interpolated."""
    is_last = np.append(np.diff(x) > 0, True)
    return x[is_last], y[is_last]


def _weighted_auroc(normals: Scores, defects: Scores, times: Times, defect_times: Times) -> Scores:
    """AUROCs [k] of samples in which each image counts this many times, [k, normals] and [k, defects]."""
    order = np.argsort(normals)
    below = np.pad(np.cumsum(times[:, order], axis=1), ((0, 0), (1, 0)))
    left, right = (np.searchsorted(normals[order], defects, side=side) for side in ("left", "right"))
    wins = 0.5 * (below[:, left] + below[:, right])
    shares: Scores = (wins * defect_times).sum(axis=1) / (times.sum(axis=1) * defect_times.sum(axis=1))
    return shares
