"""Exact confidence intervals of a proportion (Clopper-Pearson), without SciPy."""

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95

_HALVINGS = 60
"""Bisections of [0, 1] in the search for a proportion: to the precision of a float at 1, and 1e-18 near 0."""


def clopper_pearson(count: int, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact confidence interval of a proportion observed as `count` in `total`; (0, 1) for a total of 0.

    At its low end the probability of `count` or more is (1 - confidence) / 2, at its high end that of `count` or
    fewer. Clopper & Pearson, Biometrika 26 (1934).
    """
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if count == 0 else _proportion(count - 1, total, 1.0 - tail)
    high = 1.0 if count == total else _proportion(count, total, tail)
    return low, high


def _proportion(most: int, total: int, probability: float) -> float:
    """The proportion at which up to `most` of `total` (fewer than all) are observed with this probability."""
    if most > total // 2:  # the sum over the other side is the shorter one
        return 1.0 - _proportion(total - most - 1, total, 1.0 - probability)
    ways = _log_ways(most, total)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if _at_most(ways, total, middle) > probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _log_ways(most: int, total: int) -> NDArray[np.float64]:
    """The logarithms of the binomial coefficients of `total` over 0 to `most`, float64 [most + 1]."""
    k = np.arange(1, most + 1, dtype=np.float64)
    return np.concatenate([[0.0], np.cumsum(np.log((total - k + 1.0) / k))])


def _at_most(ways: NDArray[np.float64], total: int, proportion: float) -> float:
    k = np.arange(len(ways), dtype=np.float64)
    logs = ways + k * np.log(proportion) + (total - k) * np.log1p(-proportion)
    return float(np.exp(logs).sum())
