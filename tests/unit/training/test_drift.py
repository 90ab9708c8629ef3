"""The limits of the drift watch."""

import io

import numpy as np
import pytest
from rich.console import Console

from service.scoring.drift import Cusum, DriftWatch
from service.scoring.manifest import Calibration, DriftSpec
from service.scoring.verdict import decide
from training.drift import HOURS_PER_MONTH, _largest, find_limits
from training.progress import Progress

N = 110


def uniform(rng: np.random.Generator) -> Calibration:
    scores = np.sort(rng.random(N)).tolist()
    return Calibration(false_alarm_rate=0.01, n=N, threshold=scores[-1], pixel_threshold=1.0, scores=tuple(scores))


def limits(parts_per_hour: float, seed: int = 0) -> DriftSpec:
    quiet = Progress(Console(file=io.StringIO()))
    return find_limits(uniform(np.random.default_rng(1)), parts_per_hour, seed, quiet)


@pytest.fixture(scope="module")
def spec() -> DriftSpec:
    return limits(parts_per_hour=2.0)


def test_false_alarms_of_both_kinds_are_as_rare_as_stated_whatever_the_calibration_set(spec: DriftSpec) -> None:
    """Forty lines with a calibration set each; the bounds are wide as so few alarms vary."""
    rng = np.random.default_rng(7)
    lines, parts, drift, burst = 40, 4000, 0, 0
    for _ in range(lines):
        calibration = uniform(rng)
        watch = DriftWatch(calibration, spec, "bundle")
        for number, score in enumerate(rng.random(parts).tolist()):
            watch.update(score, decide(score, calibration), f"part-{number}")
            drift += watch.drift >= 1.0
            burst += watch.burst >= 1.0
    expected = lines * parts / spec.average_run_length
    assert 0.3 * expected < drift < 2.0 * expected
    assert 0.1 * expected < burst < 2.0 * expected


def test_the_average_run_length_is_a_month_of_the_streams_parts(spec: DriftSpec) -> None:
    assert (spec.parts_per_hour, spec.average_run_length) == (2.0, 2.0 * HOURS_PER_MONTH)


def test_a_faster_line_gets_higher_limits(spec: DriftSpec) -> None:
    faster = limits(parts_per_hour=6.0)
    assert faster.drift_limit > spec.drift_limit
    assert faster.burst_limit > spec.burst_limit


def test_the_same_seed_gives_the_same_limits(spec: DriftSpec) -> None:
    assert limits(parts_per_hour=2.0) == spec


def test_the_simulation_adds_up_gains_as_the_watch_does() -> None:
    gains = np.random.default_rng(0).normal(-0.2, 1.0, 500)
    cusum, seen = Cusum(), [0.0]
    for gain in gains.tolist():
        cusum.add(gain, 0)
        seen.append(cusum.evidence)
    assert _largest(gains) == pytest.approx(max(seen))
