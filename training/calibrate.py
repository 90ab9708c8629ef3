"""Turning a false-alarm budget into a threshold."""

import math
from collections.abc import Sequence

import numpy as np

from service.scoring.manifest import Calibration
from training.scored import ScoredFile
from training.split import needed_for

TAIL_SHARE, SMALLEST_TAIL = 0.25, 10
"""The generalised Pareto distribution is fitted to this share of the scores, but at least to so many."""

SHAPES = (0.0, 0.5)
"""Few scores suggest tails that no score has. Above lies an infinite variance. Below, the tail ends suddenly: with that
allowed, 60 exponential scores and a rate of 0.1 % gave 8 (median) times the false alarms asked for, instead of 1."""


def calibrate(
    normals: Sequence[ScoredFile],
    false_alarm_rate: float,
    *,
    review_rate: float | None = None,
    extrapolate: bool = False,
) -> Calibration:
    """The thresholds for held-out normal images scored through the exported graph.

    Args:
        normals: held-out normal images.
        false_alarm_rate: the budget, above 0 and below 1.
        review_rate: the share of good parts that may be reviewed or flagged, above the other; None for no review.
        extrapolate: whether, with too few images for the rate, the threshold may be `extrapolated`, which promises
            nothing; with enough it never is.

    Split-conformal: if the next normal part is exchangeable with the n here, it scores above the k-th smallest,
    k = ceil((n + 1)(1 - rate)), with probability at most `rate`. Sources: Vovk, Gammerman & Shafer,
    Algorithmic Learning in a Random World (2005); Lei et al., "Distribution-Free Predictive Inference for
    Regression", JASA 113 (2018), section 2.2.

    Raises:
        ValueError: if there are too few images for the rate; the split sees to it that there are not.
    """
    ascending = sorted(normal.score for normal in normals)
    peaks = sorted(normal.peak for normal in normals)
    is_promised = not extrapolate or len(normals) >= needed_for(false_alarm_rate)
    return Calibration(
        method="conformal" if is_promised else "generalised_pareto",
        false_alarm_rate=false_alarm_rate,
        n=len(normals),
        threshold=quantile(ascending, false_alarm_rate, extrapolate=extrapolate),
        pixel_threshold=quantile(peaks, false_alarm_rate, extrapolate=extrapolate),
        scores=tuple(ascending),
        review_rate=review_rate,
        review_threshold=None if review_rate is None else quantile(ascending, review_rate, extrapolate=extrapolate),
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


def extrapolated(ascending: Sequence[float], false_alarm_rate: float) -> float:
    """The level that a share `false_alarm_rate` of scores is estimated to exceed, never below the largest seen.

    Peaks over threshold: what exceeds a high level u is close to generalised Pareto distributed with some shape c and
    scale s, so P(score > u + y) = (k / n) (1 + c y / s)^(-1/c), with k of n scores above u; c and s are fitted by
    maximum likelihood, c within SHAPES. Sources: Pickands, "Statistical Inference Using Extreme Order Statistics",
    Annals of Statistics 3 (1975); Coles, An Introduction to Statistical Modeling of Extreme Values (2001), chapter 4.
    """
    from scipy.stats import genpareto  # type: ignore[import-untyped] # noqa: PLC0415 - only when it is asked for

    scores = np.asarray(ascending, np.float64)
    k = max(SMALLEST_TAIL, round(TAIL_SHARE * len(scores)))
    level = scores[-k - 1]
    excesses = scores[-k:] - level
    excesses = excesses[excesses > 0]
    if not len(excesses):  # all alike: there is no tail to follow
        return float(scores[-1])
    unit = excesses.mean()  # the search for the maximum expects numbers of about 1
    shape, _, scale = genpareto.fit(excesses / unit, floc=0)
    believed = min(max(shape, SHAPES[0]), SHAPES[1])
    if believed != shape:
        shape, _, scale = genpareto.fit(excesses / unit, fc=believed, floc=0)
    beyond = unit * genpareto.isf(false_alarm_rate * len(scores) / len(excesses), shape, scale=scale)
    return float(max(level + beyond, scores[-1]))


def promise(calibration: Calibration) -> str:
    """What the thresholds promise, or that they do not, as part of a sentence."""
    return f"{_flagged(calibration)}{_reviewed(calibration)}"


def _flagged(calibration: Calibration) -> str:
    rate, n = f"{100.0 * calibration.false_alarm_rate:.4g} %", f"{calibration.n} calibration images"
    if calibration.is_promise:
        return f"at most {rate} of good parts score above it ({n})"
    return (
        f"about {rate} of good parts are expected above it, extrapolated from {n} by a generalised Pareto tail; "
        f"that is an estimate and no promise, since {calibration.n} are too few for this rate"
    )


def _reviewed(calibration: Calibration) -> str:
    if calibration.review_rate is None or calibration.review_threshold is None:
        return ""
    is_promised = calibration.n >= needed_for(calibration.review_rate)
    return (
        f"; what scores above {calibration.review_threshold:.4g} is to be reviewed or flagged, "
        f"{'at most' if is_promised else 'by the same estimate about'} {100.0 * calibration.review_rate:.4g} % "
        "of good parts"
    )


def quantile(ascending: Sequence[float], rate: float, *, extrapolate: bool) -> float:
    """The conformal threshold of ascending scores for a rate; `extrapolated` where they are too few and it may be.

    Raises:
        ValueError: if they are too few and it may not.
    """
    if extrapolate and len(ascending) < needed_for(rate):
        return extrapolated(ascending, rate)
    return ascending[rank(len(ascending), rate) - 1]
