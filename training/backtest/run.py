"""Run a backtest: compare two bundles and save the result in the store."""

from dataclasses import dataclass
from pathlib import Path

from service.scoring.bundle import Bundle, BundleStore
from service.scoring.scorer import Scorer
from training.backend.quiet import quiet
from training.backtest.compare import compare
from training.backtest.report import render
from training.backtest.result import Backtest, save
from training.backtest.samples import Samples
from training.progress import Progress


@dataclass(frozen=True, slots=True)
class SavedBacktest:
    """A backtest and the path of its JSON in the store."""

    result: Backtest
    path: Path

    @property
    def report(self) -> Path:
        """The path of its HTML report."""
        return self.path.with_suffix(".html")


def run(
    store: BundleStore, champion: Bundle, challenger: Bundle, samples: Samples, progress: Progress
) -> SavedBacktest:
    """Compare two bundles on the same images, and save figures and report in the store.

    Raises:
        BundleError: if one of them cannot be loaded.
        TrainingError: as `compare`, or if the store cannot be written.
    """
    with quiet():
        scorers = Scorer(champion), Scorer(challenger)
    compared = compare(*scorers, samples, progress)
    return SavedBacktest(compared.result, save(store, compared.result, render(compared)))
