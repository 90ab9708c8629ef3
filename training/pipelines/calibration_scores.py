"""Scores of the calibration images: each by a graph that has not learnt it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.scoring.graph import Graph
from service.scoring.manifest import InputSpec
from training.calibration.fold_factors import Compared, Pair, fold_factors
from training.data.split import Split
from training.evaluation.scored_images import ScoredImage, ScoredSet, score_images
from training.evaluation.shortlist import SIZE, Shortlist, ShownImage
from training.progress import Progress
from training.trainer.result import Trained

COMPARED = 40
"""Images that both graphs have learnt, by which the scale of a fold's is told from the deployed one's: their ratios
differ by a few per cent, and so the mean by well under one."""


@dataclass(frozen=True, slots=True)
class CalibrationScores:
    """The calibration images of a split, in order."""

    unseen: ScoredSet
    """By graphs that have not learnt them, on the scale of the deployed one; their latents are the deployed graph's."""
    deployed: ScoredSet
    """By the graph that is deployed; the same unless the split has folds."""
    fold_factors: tuple[float, ...] = ()


def score_calibration(trained: Trained, split: Split, spec: InputSpec, progress: Progress) -> CalibrationScores:
    """Score all calibration images, in files that are known to be readable.

    Raises:
        ImageRejected, OSError: if one cannot be read after all.
        TrainingError: if a graph gives no finite number.
    """
    deployed = score_images(Graph(trained.graph, spec), [image.path for image in split.calibration], progress)
    if not split.folds:
        return CalibrationScores(deployed, deployed)
    folds = _Folds(trained, split, spec, progress)
    unseen = [folds.unseen(number) for number in range(len(split.folds))]
    learnt = {image.key: image for image in deployed.images}
    factors = fold_factors(
        [folds.against_deployed(number, learnt) for number in range(len(split.folds))],
        [folds.against_wider(number, unseen[number]) for number in range(2)],
    )
    return CalibrationScores(_together(unseen, factors, learnt), deployed, factors)


class _Folds:
    """The graphs of the folds, loaded."""

    def __init__(self, trained: Trained, split: Split, spec: InputSpec, progress: Progress) -> None:
        self._graphs = [Graph(graph, spec) for graph in trained.folds]
        self._wider = Graph(trained.wider, spec) if trained.wider else None
        self._aside = [[image.path for image in fold.calibration] for fold in split.folds]
        self._progress = progress

    def unseen(self, number: int) -> ScoredSet:
        """The images that a fold has put aside, by its graph."""
        return score_images(self._graphs[number], self._aside[number], self._progress)

    def against_deployed(self, number: int, deployed: Mapping[str, ScoredImage]) -> Pair:
        """Images that a fold's graph and the deployed one have learnt."""
        own = self._some(self._graphs[number], self._learnt_without(number))
        return Pair(_scores(own), _scores(deployed[image.key] for image in own))

    def against_wider(self, number: int, unseen: ScoredSet) -> Compared:
        """The graph with two folds put aside, against that of one of them."""
        if self._wider is None:
            msg = "expected a graph with two folds put aside, found none"
            raise ValueError(msg)
        aside = score_images(self._wider, self._aside[number], self._progress)
        both = [_scores(self._some(graph, self._learnt_without(0, 1))) for graph in (self._wider, self._graphs[number])]
        return Compared(Pair(_scores(aside.images), _scores(unseen.images)), Pair(*both))

    def _learnt_without(self, *folds: int) -> list[Path]:
        return [path for number, paths in enumerate(self._aside) if number not in folds for path in paths]

    def _some(self, graph: Graph, paths: Sequence[Path]) -> Sequence[ScoredImage]:
        return score_images(graph, paths[:: -(-len(paths) // COMPARED)], self._progress).images


def _scores(images: Iterable[ScoredImage]) -> NDArray[np.float64]:
    return np.array([image.score for image in images])


def _together(unseen: Sequence[ScoredSet], factors: Sequence[float], learnt: Mapping[str, ScoredImage]) -> ScoredSet:
    """The images of all folds in the order of `learnt`, on one scale."""
    found: dict[str, ScoredImage] = {}
    first: list[ShownImage] = []
    lowest, highest = Shortlist(lowest=True), Shortlist()
    for factor, fold in zip(factors, unseen, strict=True):
        for image in fold.images:
            found[image.key] = replace(
                image, score=factor * image.score, peak=factor * image.peak, latent=learnt[image.key].latent
            )
        first += [_scaled(shown, factor) for shown in fold.first]
        for shown in fold.lowest:
            lowest.add(_scaled(shown, factor))
        for shown in fold.highest:
            highest.add(_scaled(shown, factor))
    order = {key: number for number, key in enumerate(learnt)}
    first.sort(key=lambda shown: order[str(shown.path)])
    images = tuple(found[key] for key in learnt)
    return ScoredSet(images, tuple(first[:SIZE]), tuple(lowest.images), tuple(highest.images))


def _scaled(shown: ShownImage, factor: float) -> ShownImage:
    made = shown.found.prediction
    prediction = replace(made, score=factor * made.score, anomaly_map=factor * made.anomaly_map)
    return replace(shown, found=replace(shown.found, prediction=prediction))
