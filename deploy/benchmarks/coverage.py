"""`python -m deploy.benchmarks.coverage`: is the false-alarm budget kept for new parts, by both calibrations?"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deploy.benchmarks.datasets import find_sets
from deploy.benchmarks.models import Model, read_models
from deploy.benchmarks.simulated_coverage import simulated
from deploy.devtools.results import write_figures
from service.scoring.graph import Graph
from training.backend.quiet import load_tensorflow
from training.calibration.fold_factors import factors_by_scoring
from training.data.folder import find_layout
from training.data.folds import CalibrationMethod, cross_split
from training.data.input_spec import input_spec
from training.data.normal_set import ImageFile, NormalSet, scan
from training.data.preprocessed import preprocess_files
from training.data.split import Split, split_normal_set
from training.errors import TrainingError
from training.progress import Progress, silent
from training.statistics.conformal import quantile

if TYPE_CHECKING:  # they load TensorFlow
    from training.autoencoders.base import Autoencoder
    from training.trainer.targets import TargetSource

RATE = 0.05

KNOWN, KNOWN_SHARE = 100, 0.7
"""Parts that are known: so many, but no more than this share of all."""

MOST_NEW = 200
"""New parts that a threshold is tried on."""

METHODS: tuple[CalibrationMethod, ...] = ("split", "cross")

FIGURES = Path("build/bench-coverage.json")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One division of a set into known and new parts, under one calibration."""

    set: str
    method: CalibrationMethod
    seed: int
    known: int
    new: int
    flagged: int
    shift: float
    """Of new scores against those that calibrate: the difference of the medians, relative to the latter."""
    unadjusted: int
    """Flagged if the scores of folds were taken as they are."""


def main() -> None:
    """Measure, print the tables, write the figures; a user's mistake ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.coverage")
    parser.add_argument("data", type=Path, help="folder of sets in MVTec layout")
    parser.add_argument("--sets", nargs="*", default=[], help="names of sets (default: all of the folder)")
    parser.add_argument("--divisions", type=int, default=20, help="of each set into known and new parts")
    parser.add_argument("--model", default="feature", help="an autoencoder, with options as in feature:epochs=3")
    arguments = parser.parse_args()
    outcomes: list[Outcome] = []
    simulations = list(simulated())
    try:
        (model,) = read_models([arguments.model])
        for path in find_sets(arguments.data, arguments.sets, {}):
            for each in measure(path, model, arguments.divisions, Progress()):
                outcomes.append(each)  # it takes an hour or more: what is measured is kept
                _write(model, outcomes, simulations)
    except TrainingError as error:
        sys.exit(f"bench-coverage: {error}")
    print(table(rows_of(outcomes)))
    print(simulated_table(simulations))


def _write(model: Model, outcomes: Sequence[Outcome], simulations: Sequence[Mapping[str, Any]]) -> None:
    figures = {
        "model": model.title,
        "rows": [asdict(each) for each in rows_of(outcomes)],
        "outcomes": [asdict(each) for each in outcomes],
        "simulated": list(simulations),
    }
    write_figures(FIGURES, figures)


def measure(path: Path, model: Model, divisions: int, progress: Progress) -> Iterator[Outcome]:
    """Both calibrations on the same random divisions of a set's normal images.

    Features and their scale are computed once, from all images: what is learnt after them is learnt in each division.

    Raises:
        TrainingError: if the set cannot be used.
    """
    normal = scan(find_layout(path), progress)
    parts = sorted({image.part for image in normal.images})
    known = min(KNOWN, int(KNOWN_SHARE * len(parts)))
    with prepared_set(normal, model, progress) as prepared:
        for seed in progress.track(range(divisions), path.name, divisions):
            order = np.random.default_rng(seed).permutation(len(parts))
            chosen = {parts[number] for number in order[:known]}
            others = {parts[number] for number in order[known : known + MOST_NEW]}
            of_new = {image.part: image for image in normal.images if image.part in others}
            for method in METHODS:
                images = [image for image in normal.images if image.part in chosen]
                yield prepared.outcome(path.name, method, images, list(of_new.values()), seed)


@dataclass(frozen=True)
class Prepared:
    """A set's images as the graph takes them, and all that is computed once."""

    files: Sequence[ImageFile]
    pixels: NDArray[np.uint8]
    blank: "Autoencoder[Any]"
    targets: "TargetSource"

    def outcome(
        self, name: str, method: CalibrationMethod, known: Sequence[ImageFile], new: Sequence[ImageFile], seed: int
    ) -> Outcome:
        """Fit and calibrate on known images, and try the threshold on new ones.

        Raises:
            TooFewImages: if the known ones are too few parts for the budget.
        """
        split = (cross_split if method == "cross" else split_normal_set)(known, RATE, seed)
        whole = copy(self.blank)
        deployed = self._graph(whole, split, seed)
        if split.folds:
            unlearnt = copy(self.blank)
            unlearnt.map_weights = whole.map_weights
            plain, scores = self._in_folds(split, unlearnt, deployed, seed)
        else:
            plain = scores = self._scores(deployed, split.calibration)
        found = self._scores(deployed, new)
        return Outcome(
            set=name,
            method=method,
            seed=seed,
            known=len({image.part for image in known}),
            new=len(new),
            flagged=_flagged(found, scores),
            shift=float(np.median(found) / np.median(scores) - 1.0),
            unadjusted=_flagged(found, plain),
        )

    def _in_folds(
        self, split: Split, unlearnt: "Autoencoder[Any]", deployed: Graph, seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scores of all calibration images by the fold that put them aside: as they are, and made comparable."""
        graphs = [self._graph(copy(unlearnt), fold, seed) for fold in split.folds]
        wider = self._graph(copy(unlearnt), split.wider or split, seed)
        aside = [fold.calibration for fold in split.folds]
        unseen = [self._scores(graph, images) for graph, images in zip(graphs, aside, strict=True)]
        factors = factors_by_scoring(
            aside,
            unseen,
            [partial(self._scores, graph) for graph in graphs],
            partial(self._scores, wider),
            partial(self._scores, deployed),
        )
        scaled = [factor * scores for factor, scores in zip(factors.of(unseen), unseen, strict=True)]
        return np.concatenate(unseen), np.concatenate(scaled)

    def _graph(self, autoencoder: "Autoencoder[Any]", split: Split, seed: int) -> Graph:
        from training.trainer.trainer import fold_graph, share_of  # noqa: PLC0415 - needs TensorFlow

        share = share_of(split, self.files, self.pixels, self.blank.whole)
        return Graph(fold_graph(autoencoder, share, self.targets, seed), self.blank.spec)

    def _scores(self, graph: Graph, images: Sequence[ImageFile]) -> NDArray[np.float64]:
        numbers = {image.digest: number for number, image in enumerate(self.files)}
        return np.array([graph.run(self.pixels[numbers[image.digest]]).score for image in images])


@contextmanager
def prepared_set(normal: NormalSet, model: Model, progress: Progress) -> Iterator[Prepared]:
    load_tensorflow()
    from training.autoencoders.registry import checked_options, find  # noqa: PLC0415 - needs TensorFlow
    from training.trainer.targets import targets_of  # noqa: PLC0415 - the same

    kind, options = find(model.name), checked_options(model.name, model.options)
    with TemporaryDirectory(prefix="linewatch-coverage-") as folder:
        spec = input_spec(normal, Split(normal.images, (), ()), model.framing, progress)
        pixels = preprocess_files(normal.images, spec, Path(folder), "normal", progress)
        autoencoder = kind(options, spec, kind.usual_precision(options))
        autoencoder.fit_statistics(pixels)
        with targets_of(autoencoder, pixels, 0, silent()) as targets:
            yield Prepared(normal.images, pixels, autoencoder, targets)


def _flagged(new: NDArray[np.float64], calibrating: NDArray[np.float64]) -> int:
    threshold = quantile(sorted(calibrating.tolist()), RATE, extrapolate=False)
    return int((new > threshold).sum())


@dataclass(frozen=True, slots=True)
class Row:
    """A set under one calibration: what all divisions together show."""

    set: str
    method: CalibrationMethod
    budget: float
    splits: int
    known: int
    new_parts: int
    """Of all divisions together; most are in several."""
    false_alarms: int
    rate: float
    """The mean over divisions of the share of new parts that was flagged."""
    interval: tuple[float, float]
    """Its 95 % interval."""
    as_they_are: float
    """The same share, if scores of folds were taken as they are."""
    shift: float
    """The mean of `Outcome.shift`."""

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Row":
        """The row of outcomes of one set and method."""
        rates = np.array([each.flagged / each.new for each in outcomes])
        return cls(
            set=outcomes[0].set,
            method=outcomes[0].method,
            budget=RATE,
            splits=len(outcomes),
            known=outcomes[0].known,
            new_parts=sum(each.new for each in outcomes),
            false_alarms=sum(each.flagged for each in outcomes),
            rate=float(rates.mean()),
            interval=_interval(rates),
            as_they_are=float(np.mean([each.unadjusted / each.new for each in outcomes])),
            shift=float(np.mean([each.shift for each in outcomes])),
        )


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """One row for each set and method, in the order of the outcomes."""
    together: dict[tuple[str, CalibrationMethod], list[Outcome]] = defaultdict(list)
    for each in outcomes:
        together[each.set, each.method].append(each)
    return [Row.of(each) for each in together.values()]


def table(rows: Sequence[Row]) -> str:
    """Markdown: the share of new parts flagged, the mean over divisions with its 95 % interval, by set and method."""
    lines = ["| set | divisions | known | calibration | flagged | 95 % interval | as they are | new over known |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for row in rows:
        low, high = row.interval
        lines.append(
            f"| {row.set} | {row.splits} | {row.known} | {row.method} | {row.rate:.1%} | {low:.1%} to {high:.1%} | "
            f"{row.as_they_are:.1%} | {row.shift:+.1%} |"
        )
    return "\n".join(lines)


def simulated_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: the same of simulated parts."""
    lines = ["| simulated parts | known | split | cross | cross, as they are |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['parts']} | {row['known']} | {row['split']:.1%} | {row['cross']:.1%} | {row['as_they_are']:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)


def _interval(rates: NDArray[np.float64]) -> tuple[float, float]:
    """Of the mean over divisions, by resampling them."""
    rng = np.random.default_rng(0)
    means = rates[rng.integers(0, len(rates), (2000, len(rates)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975)).tolist()
    return low, high


if __name__ == "__main__":
    main()
