"""False-alarm rates of both calibrations on simulated parts, where as many as wanted can be made."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.calibration.fold_factors import Compared, Pair, fold_factors
from training.data.folds import FOLDS
from training.statistics.conformal import quantile

RATE = 0.05
KNOWN = (40, 100, 400)
FEATURES = 16
NEW = 2000
REPEATS = 400

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]

PARTS: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(size=(n, FEATURES)),
    "heavy-tailed (Student's t, 5 degrees)": lambda rng, n: rng.standard_t(5, size=(n, FEATURES)),
    "of two kinds": lambda rng, n: rng.normal(size=(n, FEATURES)) + 3.0 * rng.integers(0, 2, (n, 1)),
}


def simulated() -> list[dict[str, Any]]:
    """The mean share of new parts flagged, by kind of parts and number of known ones."""
    return [{"parts": name, "known": known, **_rates(draw, known)} for name, draw in PARTS.items() for known in KNOWN]


def _rates(draw: Draw, known: int) -> dict[str, float]:
    found = np.mean([_once(draw, known, np.random.default_rng(repeat)) for repeat in range(REPEATS)], axis=0)
    return dict(zip(("split", "cross", "as_they_are"), found.tolist(), strict=True))


def _once(draw: Draw, known: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Flagged of new parts by a split in halves, and by folds with and without their factors."""
    parts, new = draw(rng, known), draw(rng, NEW)
    half = _Gaussian(parts[known // 2 :])
    deployed = _Gaussian(parts)
    aside = [np.arange(known) % FOLDS == first for first in range(FOLDS)]
    folds = [_Gaussian(parts[~rows]) for rows in aside]
    two = aside[0] | aside[1]
    wider = _Gaussian(parts[~two])

    def pair(fewer: _Gaussian, more: _Gaussian, rows: NDArray[np.bool_]) -> Pair:
        return Pair(fewer(parts[rows]), more(parts[rows]))

    factors = fold_factors(
        [pair(fold, deployed, ~rows) for fold, rows in zip(folds, aside, strict=True)],
        [Compared(pair(wider, folds[k], aside[k]), pair(wider, folds[k], ~two)) for k in range(2)],
    )
    unseen = [fold(parts[rows]) for fold, rows in zip(folds, aside, strict=True)]
    scaled = [factor * scores for factor, scores in zip(factors.of(unseen), unseen, strict=True)]
    return (
        _flagged(half(new), half(parts[: known // 2])),
        _flagged(deployed(new), np.concatenate(scaled)),
        _flagged(deployed(new), np.concatenate(unseen)),
    )


class _Gaussian:
    """The Mahalanobis distance from learnt parts, of which the covariance is shrunk a little."""

    def __init__(self, learnt: Floats) -> None:
        self._mean = learnt.mean(axis=0)
        self._inverse = np.linalg.inv(0.9 * np.cov(learnt, rowvar=False) + 0.1 * np.eye(FEATURES))

    def __call__(self, parts: Floats) -> Floats:
        away = parts - self._mean
        distances: Floats = np.einsum("ni,ij,nj->n", away, self._inverse, away)
        return distances


def _flagged(new: Floats, calibrating: Floats) -> float:
    return float((new > quantile(sorted(calibrating.tolist()), RATE, extrapolate=False)).mean())
