"""Drift alarm limits, found by simulation."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.scoring.conformal_cusum import TILTS
from service.scoring.drift import ANOMALOUS_GAIN, MULTIPLES, ORDINARY_GAIN, SIGNALS, cut, ordinary_count
from service.scoring.manifest import Calibration, DriftSpec
from training.evaluation.scored_images import ScoredImage
from training.progress import Progress, Step

HOURS_PER_MONTH = 730.5
PARTS_PER_HOUR = 3600.0

ORDINARY_SHARE = 0.9
"""A score above this quantile of the calibration scores may be a bad part's, and is no evidence about ordinary ones."""

REFERENCE = 1000
"""This many ordinary parts have a small enough error of their own for the smallest alternative (docs/drift.md)."""

LINES, PARTS = 2000, 10_000
"""Simulated lines without any change, and parts on each."""

LEVELS = 256
"""Simulated scores and grey values are rounded to this many; ties are broken at random, as in the detector."""

BLOCK = 100
"""This many parts are drawn at a time."""

Floats = NDArray[np.floating]


class OrdinaryImage(NamedTuple):
    """The score and the mean grey value of an ordinary calibration image: drift changes them."""

    score: float
    brightness: float


def find_limits(
    calibration: Calibration,
    ordinary: Sequence[OrdinaryImage],
    parts_per_hour: float,
    seed: int,
    progress: Progress,
) -> DriftSpec:
    """The limits for one false alarm of each kind a month, by simulating lines without change.

    Each line has a calibration set and references of its own. A line alarms within T parts with probability
    1 - exp(-T / average run length), so the limit is that quantile of the largest evidence on each line. Scores and
    brightness enter by their ranks alone, so uniform ones stand for any continuous ones; were the two not drawn
    independently, as on a real line, fewer lines would alarm. The lines begin with full references: while these grow,
    false alarms are rarer.

    Args:
        calibration: what the detector begins with.
        ordinary: calibration images that parts are compared with, see `ordinary_images`.
        parts_per_hour: of the stream.
        seed: decides the simulated lines.
        progress: shows how far it is.
    """
    run_length = parts_per_hour * HOURS_PER_MONTH
    parts = max(1, min(PARTS, math.floor(run_length)))
    rng = np.random.default_rng(seed)
    drift = _drift_gains(calibration, len(ordinary), rng, parts)
    burst = islice(_burst_gains(calibration, rng), parts)
    with progress.steps("simulating lines without drift", parts) as step:
        drift_evidence = _largest(drift, step)
    with progress.steps("simulating lines without bursts", parts) as step:
        burst_evidence = _largest(burst, step)
    evidence = drift_evidence, burst_evidence
    drift_limit, burst_limit = np.quantile(evidence, math.exp(-parts / run_length), axis=1).tolist()
    return DriftSpec(
        parts_per_hour=parts_per_hour,
        average_run_length=run_length,
        ordinary_share=ORDINARY_SHARE,
        reference=REFERENCE,
        scores=tuple(image.score for image in ordinary),
        brightness=tuple(image.brightness for image in ordinary),
        drift_limit=drift_limit,
        burst_limit=burst_limit,
    )


def ordinary_images(calibration: Calibration, images: Iterable[ScoredImage]) -> list[OrdinaryImage]:
    """Those images that are ordinary under a calibration, by ascending score, but for the one at the cut itself.

    Images below the cut are, given the cut, as good as drawn from ordinary parts; the one that made the cut is not.
    """
    highest = cut(calibration, ORDINARY_SHARE)
    ordinary = sorted(OrdinaryImage(image.score, image.brightness) for image in images if image.score <= highest)
    if ordinary and ordinary[-1].score == highest:
        ordinary.pop()
    return ordinary


def _drift_gains(calibration: Calibration, compared: int, rng: np.random.Generator, parts: int) -> Iterator[Floats]:
    """Log likelihood ratios of the alternatives for a drift, part after part, each [alternatives, LINES]."""
    ordinary = ordinary_count(calibration.n, ORDINARY_SHARE)
    anomalous_share = rng.beta(calibration.n - ordinary, ordinary + 1, LINES).astype(np.float32)
    references = [_References(max(REFERENCE, compared), rng) for _ in SIGNALS]
    tilts = np.array(TILTS, np.float32)[:, np.newaxis]
    share_gains = np.array([ANOMALOUS_GAIN, ORDINARY_GAIN], np.float32)
    for first in range(0, parts, BLOCK):
        drawn = rng.random((min(BLOCK, parts - first), 1 + len(references), LINES), np.float32)
        is_ordinary = drawn[:, 0] >= anomalous_share
        ranks = [reference.ranks(drawn[:, number]) for number, reference in enumerate(references, 1)]
        shifts = [np.log1p(tilts * (is_ordinary * (2 * each - 1))[:, np.newaxis]) for each in ranks]
        yield from np.concatenate([*shifts, share_gains[is_ordinary.astype(np.intp)][:, np.newaxis]], axis=1)


def _burst_gains(calibration: Calibration, rng: np.random.Generator) -> Iterator[Floats]:
    """The same of the alternatives for a burst, while each line learns how many anomalies are usual."""
    above = calibration.n - int(np.searchsorted(calibration.scores, calibration.threshold, side="right"))
    anomaly_share = rng.beta(1 + above, calibration.n - above, LINES)
    multiples = np.array(MULTIPLES)[:, np.newaxis]
    anomalies, parts = np.full(LINES, 1 + above), 1 + calibration.n
    while True:
        is_anomaly = rng.random(LINES, np.float32) < anomaly_share
        usual = anomalies / parts
        now = np.minimum(multiples * usual, (1 + usual) / 2)
        yield np.log(np.where(is_anomaly, now / usual, (1 - now) / (1 - usual)))
        anomalies += is_anomaly
        parts += 1


class _References:
    """A reference for each line, and the relative ranks of new parts among it."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self._row = LEVELS * np.arange(LINES)[:, np.newaxis]
        same = np.stack([np.bincount(rng.integers(LEVELS, size=size), minlength=LEVELS) for _ in range(LINES)])
        below = np.cumsum(same, axis=1) - same
        self._from = (below / (size + 1)).astype(np.float32).ravel()
        self._width = ((1 + same) / (size + 1)).astype(np.float32).ravel()

    def ranks(self, drawn: Floats) -> Floats:
        """Relative ranks of parts, [parts, LINES]: one uniform draw gives level and rank among ties."""
        # All parts of a line one after the other: their references are in the processor's cache then.
        tie, level = np.modf(LEVELS * np.ascontiguousarray(drawn.T))
        cell = self._row + level.astype(np.intp)
        ranks: Floats = self._from[cell] + tie * self._width[cell]
        return ranks.T


def _largest(gains: Iterable[Floats], step: Step) -> Floats:
    """The largest CUSUM that any alternative reaches on each line, [LINES], from its gains part after part."""
    evidence = most = np.zeros(1, np.float32)
    for of_part in gains:
        evidence = np.maximum(0, evidence + of_part)
        most = np.maximum(most, evidence)
        step()
    largest: Floats = most.max(axis=0)
    return largest
