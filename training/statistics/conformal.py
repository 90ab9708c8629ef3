"""Conformal quantiles: from calibration scores and a false-alarm budget to a threshold."""

import math
from collections.abc import Sequence

import numpy as np

TAIL_SHARE, SMALLEST_TAIL = 0.25, 10
"""The generalised Pareto distribution is fitted to this share of the scores, and at least to this many."""

SHAPES = (0.0, 0.5)
"""Few scores suggest tails that no score has. Above lies an infinite variance. Below, the tail ends suddenly: with that
allowed, 60 exponential scores and a rate of 0.1 % gave 8 (median) times the false alarms asked for, instead of 1."""


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
    from scipy.stats import genpareto  # noqa: PLC0415 - only when it is asked for

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


def quantile(ascending: Sequence[float], rate: float, *, extrapolate: bool) -> float:
    """The conformal threshold of ascending scores for a rate; `extrapolated` where they are too few and it may be.

    Raises:
        ValueError: if they are too few and it may not.
    """
    if extrapolate and len(ascending) < needed_for(rate):
        return extrapolated(ascending, rate)
    return ascending[rank(len(ascending), rate) - 1]


def needed_for(false_alarm_rate: float) -> int:
    """The smallest number n of calibration images, all of different parts, for a budget: 1 / (n + 1) <= rate."""
    return max(1, math.ceil(1.0 / false_alarm_rate - 1.0 - 1e-9))


def smallest_rate(total: int) -> float:
    """The smallest false-alarm rate that a normal set of this many parts supports."""
    return 1.0 / (total // 2 + 1)
