"""The limits of the drift watch, found by simulation."""

import math

import numpy as np
from numpy.typing import NDArray

from service.scoring.drift import MULTIPLES, ORDINARY_GAIN, STRANGE_GAIN, TILTS, ordinary_count
from service.scoring.manifest import Calibration, DriftSpec
from training.progress import Progress

HOURS_PER_MONTH = 730.5
PARTS_PER_HOUR = 3600.0

ORDINARY_SHARE = 0.9
"""What is above this quantile of the calibration scores may be a bad part and says nothing of the ordinary ones."""

REFERENCE = 1000
"""So many ordinary scores have a small enough error of their own for the faintest bet on a shift (docs/drift.md)."""

LINES, PARTS = 2000, 10_000
"""Simulated lines without any change, and parts on each."""

Floats = NDArray[np.float64]


def find_limits(calibration: Calibration, parts_per_hour: float, seed: int, progress: Progress) -> DriftSpec:
    """The limits for one false alarm of each kind a month, by simulating lines without change.

    Each line has a calibration set and a reference of its own. A line alarms within T parts with probability
    1 - exp(-T / average run length), so the limit is that quantile of the largest evidence on each line. Scores enter
    by their ranks alone, so uniform ones stand for any continuous ones. The lines begin with a full reference: while
    it grows, false alarms are rarer.
    """
    run_length = parts_per_hour * HOURS_PER_MONTH
    parts = max(1, min(PARTS, math.floor(run_length)))
    rng = np.random.default_rng(seed)
    found = np.array(
        [
            (_drift_evidence(calibration, parts, rng), _burst_evidence(calibration, parts, rng))
            for _ in progress.track(range(LINES), "simulating a line without drift", LINES)
        ]
    )
    drift_limit, burst_limit = np.quantile(found, math.exp(-parts / run_length), axis=0)
    return DriftSpec(
        parts_per_hour=parts_per_hour,
        average_run_length=run_length,
        ordinary_share=ORDINARY_SHARE,
        reference=REFERENCE,
        drift_limit=drift_limit,
        burst_limit=burst_limit,
    )


def _drift_evidence(calibration: Calibration, parts: int, rng: np.random.Generator) -> float:
    """The largest evidence of drift on one line."""
    ordinary = ordinary_count(calibration.n, ORDINARY_SHARE)
    reference = np.sort(rng.random(max(REFERENCE, ordinary)))
    is_strange = rng.random(parts) < rng.beta(calibration.n - ordinary, ordinary + 1)
    scores = rng.random(parts - np.count_nonzero(is_strange))
    places = (np.searchsorted(reference, scores) + rng.random(len(scores))) / (len(reference) + 1)
    gains = np.log1p(np.multiply.outer(TILTS, 2.0 * places - 1.0))
    return max(_largest(gains), _largest(np.where(is_strange, STRANGE_GAIN, ORDINARY_GAIN)))


def _burst_evidence(calibration: Calibration, parts: int, rng: np.random.Generator) -> float:
    """The largest evidence of a burst on one line, while it learns how many anomalies are usual."""
    above = calibration.n - int(np.searchsorted(calibration.scores, calibration.threshold, side="right"))
    is_anomaly = rng.random(parts) < rng.beta(1 + above, calibration.n - above)
    anomalies_before = 1 + above + np.cumsum(is_anomaly) - is_anomaly
    usual = anomalies_before / (calibration.n + 1 + np.arange(parts))
    now = np.minimum(np.multiply.outer(MULTIPLES, usual), (1.0 + usual) / 2.0)
    return _largest(np.log(np.where(is_anomaly, now / usual, (1.0 - now) / (1.0 - usual))))


def _largest(gains: Floats) -> float:
    """The largest CUSUM along the last axis: the sum so far minus its smallest value so far, which is at most 0."""
    sums = np.cumsum(gains, axis=-1)
    return float(np.max(sums - np.minimum(0.0, np.minimum.accumulate(sums, axis=-1)), initial=0.0))
