"""Run a backtest: compare two bundles and keep the result in the store."""

from pathlib import Path

from service.scoring.bundle import Bundle, BundleStore
from service.scoring.scorer import Scorer
from training.backend.quiet import quiet
from training.backtest.compare import compare
from training.backtest.report import render
from training.backtest.result import Backtest, save
from training.backtest.samples import Samples
from training.progress import Progress


def run(
    store: BundleStore, champion: Bundle, challenger: Bundle, samples: Samples, progress: Progress
) -> tuple[Backtest, Path]:
    """Compare two bundles and keep what came of it in the store: the figures, and the file they are in.

    Raises:
        BundleError: if one of them cannot be loaded.
        TrainingError: as of `compare`.
    """
    with quiet():
        scorers = Scorer(champion), Scorer(challenger)
    compared = compare(*scorers, samples, progress)
    return compared.result, save(store, compared.result, render(compared))
