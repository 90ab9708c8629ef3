"""Trend along an order: whether values rise, fall or change their level from first to last."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMALLEST = 24
"""With fewer values, chance alone shows trends as clear as real ones."""

BLOCKS, SMALLEST_BLOCK = 8, 8
"""Levels are compared between so many stretches of the order, fewer if they would have fewer values than this."""

RARE = 0.001
"""A trend this unlikely by chance counts: of a thousand lines without one, one is said to have it."""

ONE_WAY = 0.25
"""A trend of which the correlation explains at least this share goes one way; others go to and fro."""

CLEAR = 0.03
"""The least share of the variation that must go with the order: among many values, the faintest trend is no chance."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How values go with their order."""

    p_value: float
    """How often values without a trend would show one as clear, corrected for the two tests."""
    correlation: float
    """Spearman's: 1 if they only rise, -1 if they only fall."""
    explained: float
    """The share of the variation of their ranks that goes with the order, 0 to 1."""

    @property
    def is_one_way(self) -> bool:
        """Whether values rise or fall from first to last, and not to and fro."""
        return self.correlation**2 >= ONE_WAY * self.explained

    def is_clear(self, orders: int = 1) -> bool:
        """Whether it is none of chance's, if it is the clearest of so many orders."""
        return self.p_value * orders < RARE and self.explained >= CLEAR


def trend(values: Sequence[float] | NDArray[np.floating]) -> Trend | None:
    """Test values in order for a trend; None of too few, or if all are alike.

    Two tests, of which the clearer counts, with Bonferroni's factor of two. Spearman's correlation of value and place
    finds what only rises or falls (Spearman, American Journal of Psychology, 1904). Kruskal's and Wallis's H between
    stretches of the order finds a level that changes, once or to and fro (Journal of the American Statistical
    Association 47, 1952). Both look at ranks, so a few values far off make no trend.
    """
    ranked = np.asarray(values, np.float64)
    if len(ranked) < SMALLEST or np.ptp(ranked) == 0.0:
        return None
    from scipy.stats import kruskal, spearmanr  # noqa: PLC0415 - takes seconds, and every command would

    count = min(BLOCKS, len(ranked) // SMALLEST_BLOCK)
    correlation, of_order = spearmanr(np.arange(len(ranked)), ranked)
    between, of_levels = kruskal(*np.array_split(ranked, count))
    # Of H, the share of the variation between stretches without what chance puts there (epsilon squared).
    levels = (between - count + 1) / (len(ranked) - count)
    return Trend(
        p_value=min(1.0, 2.0 * float(min(of_order, of_levels))),
        correlation=float(correlation),
        explained=float(max(correlation**2, levels)),
    )


def running_median(values: Sequence[float], reach: int) -> NDArray[np.float64]:
    """The median of each value and of up to `reach` before and after it, [n]."""
    found = np.asarray(values, np.float64)
    return np.array([np.median(found[max(0, i - reach) : i + reach + 1]) for i in range(len(found))])
