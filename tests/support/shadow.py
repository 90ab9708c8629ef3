"""Shadowing over a store, for tests."""

from pathlib import Path

from service.bundles.challengers import Challengers
from service.metrics import Metrics
from service.scoring.bundle import BundleStore
from service.stream.shadow import Shadow


def no_shadow() -> Shadow:
    """A line without any challenger."""
    metrics = Metrics()
    return Shadow(Challengers(BundleStore(Path("no store")), metrics, threads=1), metrics, lag_records=0)
