"""The alarm limits of the drift detector."""

import io
import math

import numpy as np
import pytest
from rich.console import Console

from service.scoring.conformal_cusum import Cusum
from service.scoring.drift import DriftDetector
from service.scoring.manifest import Calibration, DriftSpec
from service.scoring.verdict import decide
from training.calibration.drift_limits import HOURS_PER_MONTH, OrdinaryImage, _largest, find_limits, ordinary_images
from training.evaluation.scored_images import ScoredImage
from training.progress import Progress

N = 110
ORDINARY = [OrdinaryImage(i / N, 100.0 + i) for i in range(98)]


def ignore(note: str = "") -> None:
    """A step of progress that nobody watches."""


def uniform(rng: np.random.Generator) -> Calibration:
    scores = np.sort(rng.random(N)).tolist()
    return Calibration(false_alarm_rate=0.01, n=N, threshold=scores[-1], pixel_threshold=1.0, scores=tuple(scores))


def limits(parts_per_hour: float, seed: int = 0) -> DriftSpec:
    quiet = Progress(Console(file=io.StringIO()))
    return find_limits(uniform(np.random.default_rng(1)), ORDINARY, parts_per_hour, seed, quiet)


@pytest.fixture(scope="module")
def spec() -> DriftSpec:
    return limits(parts_per_hour=2.0)


def test_false_alarms_of_both_kinds_are_as_rare_as_stated_whatever_the_calibration_set(spec: DriftSpec) -> None:
    """Forty lines with a calibration set each; the bounds are wide as so few alarms vary."""
    rng = np.random.default_rng(7)
    lines, parts, drift, burst = 40, 4000, 0, 0
    for _ in range(lines):
        calibration = uniform(rng)
        light = tuple(rng.random(len(ORDINARY)).tolist())
        detector = DriftDetector(calibration, spec.model_copy(update={"scores": None, "brightness": light}), "bundle")
        for number, (score, brightness) in enumerate(rng.random((parts, 2)).tolist()):
            detector.update(score, decide(score, calibration), f"part-{number}", brightness)
            drift += detector.drift >= 1.0
            burst += detector.burst >= 1.0
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


def test_the_simulation_adds_up_gains_as_the_detector_does() -> None:
    gains = np.random.default_rng(0).normal(-0.2, 1.0, (500, 2))
    most = 0.0
    for alternative in gains.T.tolist():
        cusum = Cusum()
        for gain in alternative:
            cusum.add(gain, 0)
            most = max(most, cusum.evidence)
    assert _largest(gains[:, :, np.newaxis], ignore).tolist() == pytest.approx([most])


def test_ordinary_images_are_those_below_the_cut() -> None:
    calibration = uniform(np.random.default_rng(1))
    shuffled = np.random.default_rng(2).permutation(N)
    images = [ScoredImage("", calibration.scores[row], 0.0, float(row)) for row in shuffled]
    assert ordinary_images(calibration, images) == [(calibration.scores[row], row) for row in range(98)]
    without = [each for each in images if each.score != calibration.scores[98]]
    assert ordinary_images(calibration, without) == ordinary_images(calibration, images)
    assert ordinary_images(calibration, []) == []


def test_parts_are_compared_with_what_the_line_is_like_now() -> None:
    """After a recalibration a quarter of the calibration may be of the old light, and score lower."""
    rng = np.random.default_rng(3)
    old, now = rng.normal(-2.0, 1.0, 300), rng.normal(0.0, 1.0, 900)
    scores = np.sort(np.concatenate([old, now])).tolist()
    calibration = Calibration(
        false_alarm_rate=0.01, n=len(scores), threshold=scores[-1], pixel_threshold=1.0, scores=tuple(scores)
    )
    recent = ordinary_images(calibration, [ScoredImage("", score, 0.0, 100.0) for score in now.tolist()])
    quiet = Progress(Console(file=io.StringIO()))
    spec = find_limits(calibration, recent, 3600.0, 0, quiet)
    parts = rng.normal(0.0, 1.0, 3000).tolist()
    alarms = {}
    for name, compared in (("now", spec), ("all", spec.model_copy(update={"scores": None}))):
        detector, alarms[name] = DriftDetector(calibration, compared, "bundle"), 0
        for number, score in enumerate(parts):
            detector.update(score, decide(score, calibration), f"part-{number}", 100.0)
            alarms[name] += detector.drift >= 1.0
    assert alarms["now"] == 0
    assert alarms["all"] > 0


def test_an_alternative_that_always_holds_on_a_line_has_finite_evidence() -> None:
    assert _largest(np.full((500, 1, 3), math.log(1.95), np.float32), ignore).tolist() == pytest.approx(
        [500 * math.log(1.95)] * 3, rel=1e-3
    )
