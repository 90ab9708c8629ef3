"""Scores of fold graphs made comparable with those that new images have under the deployed graph."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

I = TypeVar("I")  # noqa: E741 - reads as "its images"

COMPARED = 40
"""Images that both graphs have learnt, by which the scale of a fold's is told from the deployed one's: their ratios
differ by a few per cent, and so the mean by well under one."""


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


@dataclass(frozen=True, slots=True)
class FoldFactors:
    """What scores by the graphs of folds are multiplied by, to be as those of new images under the deployed graph."""

    scales: tuple[float, ...]
    """Of each fold's graph: the deployed one's scores over its own, on images that both have learnt."""
    step: float
    """The logarithm of what learning from all images does to the scores of new ones."""

    def of(self, unseen: Sequence[Scores]) -> list[Scores]:
        """The factor of each score, fold by fold.

        The step is for the bulk of the parts. It fades with the rank of a score, and is nothing for the highest: more
        images teach a graph little about the oddest parts, and a threshold that was lowered with the bulk exceeded its
        budget on real sets (docs/adr/0025). Order is kept.
        """
        scores = np.concatenate([scale * each for scale, each in zip(self.scales, unseen, strict=True)])
        rank = np.searchsorted(np.sort(scores), scores, side="right") / len(scores)
        factors = np.exp(self.step * (1.0 - rank) if self.step < 0.0 else np.full(len(scores), self.step))
        ends = np.cumsum([len(each) for each in unseen])[:-1]
        return [scale * each for scale, each in zip(self.scales, np.split(factors, ends), strict=True)]

    def at_the_median(self) -> tuple[float, ...]:
        """Of each fold, for a score in the middle."""
        return tuple(scale * float(np.exp(self.step / 2.0)) for scale in self.scales)


def fold_factors(folds: Sequence[Pair], wider: Sequence[Compared]) -> FoldFactors:
    """Measure how scores by the graphs of folds differ from those of new images under the deployed graph.

    Two things differ. Each graph has a scale of its own: c, the mean ratio of two graphs' scores over images that both
    have learnt. And new images score less under a graph that has learnt more. How much less is measured: a graph is
    fitted with two folds put aside, and compared with those of the two on what neither has learnt; d is the mean
    logarithm of their ratio, on one scale. That is the step from (1 - 2/K) n images to (1 - 1/K) n. The next one, to n,
    is (1 - 2/K) d where errors fall as 1 / n, and larger where they fall more slowly; so the step is

        (1 - 2/K) (d + its standard error).

    How well the budget is kept is measured by `make bench-coverage` (docs/false-alarms.md).

    Args:
        folds: of each fold, images that both its graph and the deployed one have learnt.
        wider: the graph with two folds put aside against that of each of the two.
    """
    steps = np.concatenate([each.unseen.ratios() - each.learnt.ratios().mean() for each in wider])
    step = steps.mean() + steps.std(ddof=1) / np.sqrt(len(steps))
    scales = tuple(float(np.exp(pair.ratios().mean())) for pair in folds)
    return FoldFactors(scales, float((1.0 - 2.0 / len(folds)) * step))


def factors_by_scoring(
    aside: Sequence[Sequence[I]],
    unseen: Sequence[Scores],
    folds: Sequence[Callable[[Sequence[I]], Scores]],
    wider: Callable[[Sequence[I]], Scores],
    deployed: Callable[[Sequence[I]], Scores],
) -> FoldFactors:
    """The `fold_factors` of graphs that can be asked for scores.

    Args:
        aside: the images that each fold has put aside.
        unseen: their scores by the fold's graph.
        folds: the graph of each fold, from n images to their scores, [n].
        wider: the graph with the first two folds put aside, likewise.
        deployed: the graph that has learnt all images, likewise.
    """

    def learnt_without(*numbers: int) -> list[I]:
        images = [image for number, fold in enumerate(aside) if number not in numbers for image in fold]
        return images[:: -(-len(images) // COMPARED)]

    of_folds = [
        Pair(graph(some), deployed(some))
        for graph, some in ((graph, learnt_without(number)) for number, graph in enumerate(folds))
    ]
    some = learnt_without(0, 1)
    by_wider = wider(some)
    compared = [
        Compared(Pair(wider(aside[number]), unseen[number]), Pair(by_wider, folds[number](some))) for number in range(2)
    ]
    return fold_factors(of_folds, compared)
