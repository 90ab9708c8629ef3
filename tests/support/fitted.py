"""A real bundle, fitted once per test run on tiny parts."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from rich.console import Console

from service.scoring.bundle import BundleStore
from service.scoring.manifest import Precision
from tests.support.drawn_parts import SIDE, write_parts
from training.data.framing import Framing
from training.pipelines.fit import fit
from training.pipelines.fit_request import FitRequest
from training.progress import Progress

FALSE_ALARM_RATE = 0.02

SMALL_CONV: Mapping[str, Any] = MappingProxyType({"epochs": 20, "width": 12, "widest": 32})

SLOW_LINE = 1.0
"""Parts per hour. Limits of drift alarms are simulated over a month of parts, so fewer of them make a fit quicker."""

LIBRARY_WARNINGS = ("__array__ implementation doesn't accept a copy keyword",)
"""Keras 3.15 turns TensorFlow 2.21 tensors into numpy 2 arrays in the old way."""


@dataclass(frozen=True, slots=True)
class FittedParts:
    """A store with one bundle, champion of its stream, and the images it was made from and may be tried on.

    `normals` are fresh normal images the fit never saw; `defects` are plain ones that it flags.
    """

    store: Path
    stream: str
    data: Path
    normals: list[Path]
    defects: list[Path]
    bundle: str


def fit_bundle(
    data: Path,
    store: Path,
    stream: str = "default",
    *,
    seed: int = 0,
    autoencoder: str = "conv",
    options: Mapping[str, Any] = SMALL_CONV,
    false_alarm_rate: float = FALSE_ALARM_RATE,
    precision: Precision = "float32",
) -> str:
    """Fit a small autoencoder really, in seconds; returns the bundle's id. A stream's first one becomes champion.

    Calibration images are put aside, which takes a seventh of the fits that folds do.
    """
    request = FitRequest(
        data=data,
        stream=stream,
        store=BundleStore(store),
        autoencoder=autoencoder,
        options=dict(options),
        false_alarm_rate=false_alarm_rate,
        calibration="split",
        framing=Framing((SIDE, SIDE)),
        precision=precision,
        parts_per_hour=SLOW_LINE,
        seed=seed,
    )
    with warnings.catch_warnings():
        for message in LIBRARY_WARNINGS:
            warnings.filterwarnings("ignore", message=message, category=DeprecationWarning)
        return fit(request, Progress(Console(quiet=True))).bundle.id


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> FittedParts:
    """One fit that many tests share: never change its store or data, copy them."""
    root = tmp_path_factory.mktemp("fitted")
    parts = write_parts(root / "data", normals=120, test_normals=20, defects_of_each=5)
    bundle = fit_bundle(parts.root, root / "store", "default")
    return FittedParts(
        store=root / "store",
        stream="default",
        data=parts.root,
        normals=parts.test_normals,
        defects=parts.defects,
        bundle=bundle,
    )
