"""Scores of fold graphs made comparable with those that new images have under the deployed graph."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Scores of the same images by two graphs, [n] each."""

    fewer: Scores
    """By the graph that has learnt fewer images."""
    more: Scores

    def ratios(self) -> Scores:
        """The logarithms of more / fewer, [n]."""
        tiny = float(np.finfo(np.float64).tiny)
        return np.log(np.maximum(self.more, tiny)) - np.log(np.maximum(self.fewer, tiny))


@dataclass(frozen=True, slots=True)
class Compared:
    """Two graphs on images that neither has learnt, and on images that both have."""

    unseen: Pair
    learnt: Pair


def fold_factors(folds: Sequence[Pair], wider: Sequence[Compared]) -> tuple[float, ...]:
    """What the scores of each fold's graph are multiplied by, to be as those of new images under the deployed graph.

    Two things differ. Each graph has a scale of its own: c, the mean ratio of two graphs' scores over images that both
    have learnt. And new images score less under a graph that has learnt more. How much less is measured: a graph is
    fitted with two folds put aside, and compared with those of the two on what neither has learnt; d is the mean
    logarithm of their ratio, on one scale. That is the step from (1 - 2/K) n images to (1 - 1/K) n. The next one, to n,
    is (1 - 2/K) d where errors fall as 1 / n, and larger where they fall more slowly; so

        factor = c exp((1 - 2/K) (d + its standard error)),

    by which the threshold is rather a little too high than too low. How well the budget is kept is measured by
    `make bench-coverage` (docs/false-alarms.md).

    Args:
        folds: of each fold, images that both its graph and the deployed one have learnt.
        wider: the graph with two folds put aside against that of each of the two.
    """
    steps = np.concatenate([each.unseen.ratios() - each.learnt.ratios().mean() for each in wider])
    step = steps.mean() + steps.std(ddof=1) / np.sqrt(len(steps))
    return tuple(float(np.exp(pair.ratios().mean() + (1.0 - 2.0 / len(folds)) * step)) for pair in folds)
