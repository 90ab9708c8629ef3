"""Alarms of simulated lines: under each change, in bursts of bad parts, and in a month without any change."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from deploy.benchmarks.drift.population import SCORE, Parts, Population
from deploy.benchmarks.drift.simulated_line import SimulatedLine, Source, first_alarms
from service.scoring.bundle import Bundle
from service.scoring.drift import SIGNALS, Signal
from training.progress import Progress
from training.statistics.detection_metrics import auroc

BURSTS = (0.02, 0.1)
"""Shares of bad parts."""

GOAL_PARTS = 200
MONTH = 1_000_000
"""In place of a line's number, for a seed that none of them has."""


@dataclass(frozen=True, slots=True)
class Row:
    """One set and one change; alarms are the first of each line after the change, parts their median."""

    set: str
    change: str
    images: int
    visible: Mapping[Signal, float] | None
    """AUROC of the changed scores, and brightnesses, against the unchanged: 0.5 in both cannot be seen."""
    flagged: float
    """Share of the parts that are anomalies then."""
    lines: int
    drift_alarms: int
    drift_parts: float | None
    drift_signs: Mapping[Signal, int]
    """On how many lines the alarm of drift was raised by each signal."""
    burst_alarms: int
    burst_parts: float | None
    goal_met: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A simulated month without any change."""

    set: str
    parts: int
    drift_alarms: int
    burst_alarms: int


def measure(bundle: Bundle, name: str, parts: Population, lines: int, seed: int) -> Iterator[Row]:
    """Simulate lines for each change and each burst.

    Raises:
        BundleError: if the bundle has no limits of drift.
    """
    for change, changed in parts.changed.items():
        yield _row(bundle, name, change, parts, [(changed, 1.0)], lines, seed)
    for share in BURSTS:
        mixed = [(parts.normal, 1.0 - share), (parts.defects, share)]
        yield _row(bundle, name, f"burst: {share:.0%} bad parts", parts, mixed, lines, seed)


def month(bundle: Bundle, name: str, normal: Parts, seed: int, progress: Progress) -> Month:
    """The false alarms of one detector in a month at the stream's rate."""
    line = SimulatedLine(bundle, normal, [seed, MONTH])
    parts = round(line.spec.average_run_length)
    drift = burst = 0
    for part in progress.track(line.draw([(normal, 1.0)], parts), "a month", parts):
        line.update(part)
        drift += line.detector.drift >= 1.0
        burst += line.detector.burst >= 1.0
    return Month(name, parts, drift, burst)


def _row(
    bundle: Bundle, name: str, change: str, parts: Population, after: Sequence[Source], lines: int, seed: int
) -> Row:
    is_drift = change in parts.changed
    firsts = [first_alarms(bundle, parts.normal, after, [seed, line], stop=is_drift) for line in range(lines)]
    drift = [first.drift for first in firsts if first.drift is not None]
    burst = [first.burst for first in firsts if first.burst is not None]
    drift_parts = median(drift) if drift else None
    seen_soon = len(drift) == lines and drift_parts is not None and drift_parts <= GOAL_PARTS
    threshold = bundle.manifest.calibration.threshold
    return Row(
        set=name,
        change=change,
        images=len(parts.normal),
        visible=_visible(parts.normal, parts.changed[change]) if is_drift else None,
        flagged=float(sum(share * np.mean(found[:, SCORE] > threshold) for found, share in after)),
        lines=lines,
        drift_alarms=len(drift),
        drift_parts=drift_parts,
        drift_signs=dict(Counter(signal for first in firsts for signal in first.signals)),
        burst_alarms=len(burst),
        burst_parts=median(burst) if burst else None,
        goal_met=seen_soon if is_drift else not drift,
    )


def _visible(normal: Parts, changed: Parts) -> dict[Signal, float]:
    """AUROC of changed against unchanged parts by each signal, whichever way they moved."""
    found = {signal: auroc(normal[:, column], changed[:, column]) for column, signal in enumerate(SIGNALS)}
    return {signal: max(each, 1.0 - each) for signal, each in found.items()}
