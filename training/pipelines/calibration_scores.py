"""Scores of the calibration images: each by a graph that has not learnt it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.scoring.graph import Graph
from service.scoring.input_spec import InputSpec
from training.calibration.fold_factors import factors_by_scoring
from training.calibration.learnt import check_learnt, check_scores
from training.data.split import Split
from training.evaluation.scored_images import ScoredImage, ScoredSet, score_images
from training.evaluation.shortlist import SIZE, Shortlist, ShownImage
from training.progress import Progress
from training.trainer.result import Trained


@dataclass(frozen=True, slots=True)
class CalibrationScores:
    """The calibration images of a split, in order."""

    unseen: ScoredSet
    """By graphs that have not learnt them, on the scale of the deployed one; their latents are the deployed graph's."""
    deployed: ScoredSet
    """By the graph that is deployed; the same unless the split has folds."""
    fold_factors: tuple[float, ...] = ()
    """Of each fold, for a score in the middle."""


def score_calibration(
    trained: Trained, split: Split, spec: InputSpec, options: Mapping[str, Any], progress: Progress
) -> CalibrationScores:
    """Score all calibration images, in files that are known to be readable.

    `options` are those of the autoencoder, to say what to change.

    Raises:
        ImageRejected, OSError: if one cannot be read after all.
        TrainingError: if a graph gives no finite number, or it or a fold's learnt nothing.
    """
    deployed = score_images(Graph(trained.graph, spec), [image.path for image in split.calibration], progress)
    check_learnt([image.score for image in deployed.images], trained.follows, options)
    if not split.folds:
        return CalibrationScores(deployed, deployed)
    graphs = [Graph(graph, spec) for graph in trained.folds]
    aside = [[image.path for image in fold.calibration] for fold in split.folds]
    unseen = [score_images(graph, paths, progress) for graph, paths in zip(graphs, aside, strict=True)]
    learnt = {image.key: image for image in deployed.images}

    def by(graph: Graph) -> Callable[[Sequence[Path]], NDArray[np.float64]]:
        return lambda paths: _scores(score_images(graph, paths, progress).images)

    if trained.wider is None:
        msg = "expected a graph with two folds put aside, found none"
        raise ValueError(msg)
    found = [_scores(fold.images) for fold in unseen]
    for scores in found:
        check_scores(scores, options)
    factors = factors_by_scoring(
        aside,
        found,
        [by(graph) for graph in graphs],
        by(Graph(trained.wider, spec)),
        lambda paths: _scores(learnt[str(path)] for path in paths),
    )
    of_each = {
        str(path): float(factor)
        for paths, several in zip(aside, factors.of(found), strict=True)
        for path, factor in zip(paths, several, strict=True)
    }
    return CalibrationScores(_together(unseen, of_each, learnt), deployed, factors.at_the_median())


def _scores(images: Iterable[ScoredImage]) -> NDArray[np.float64]:
    return np.array([image.score for image in images])


def _together(
    unseen: Sequence[ScoredSet], factors: Mapping[str, float], learnt: Mapping[str, ScoredImage]
) -> ScoredSet:
    """The images of all folds in the order of `learnt`, each with its factor."""
    found: dict[str, ScoredImage] = {}
    first: list[ShownImage] = []
    lowest, highest = Shortlist(lowest=True), Shortlist()
    for fold in unseen:
        for image in fold.images:
            factor = factors[image.key]
            found[image.key] = replace(
                image, score=factor * image.score, peak=factor * image.peak, latent=learnt[image.key].latent
            )
        first += [_scaled(shown, factors) for shown in fold.first]
        for shown in fold.lowest:
            lowest.add(_scaled(shown, factors))
        for shown in fold.highest:
            highest.add(_scaled(shown, factors))
    order = {key: number for number, key in enumerate(learnt)}
    first.sort(key=lambda shown: order[str(shown.path)])
    images = tuple(found[key] for key in learnt)
    return ScoredSet(images, tuple(first[:SIZE]), tuple(lowest.images), tuple(highest.images))


def _scaled(shown: ShownImage, factors: Mapping[str, float]) -> ShownImage:
    factor, made = factors[str(shown.path)], shown.found.prediction
    prediction = replace(made, score=factor * made.score, anomaly_map=factor * made.anomaly_map)
    return replace(shown, found=replace(shown.found, prediction=prediction))
