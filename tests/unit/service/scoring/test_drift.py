"""Drift, and separately bursts of bad parts."""

import numpy as np
import pytest

from service.scoring.drift import HELD, DriftDetector, burst_gains, ordinary_count
from service.scoring.manifest import Calibration, DriftSpec
from service.scoring.verdict import decide

N = 110
LIMIT = 16.0
SPEC = DriftSpec(
    parts_per_hour=3600,
    average_run_length=2_629_800,
    ordinary_share=0.9,
    reference=500,
    drift_limit=LIMIT,
    burst_limit=11.5,
)
BEFORE = 600
"""Parts before a change: the reference is full."""

LIGHT, VARIES = 120.0, 4.0
"""How bright good parts are, and how much they differ."""


class Line:
    """A line whose good parts score about 10, give or take 1, and the detector on it."""

    def __init__(self, seed: int = 0, before: int = BEFORE, *, sees_light: bool = True) -> None:
        self.rng = np.random.default_rng(seed)
        scores = np.sort(self.rng.normal(10.0, 1.0, N))
        self.calibration = Calibration(
            false_alarm_rate=0.01, n=N, threshold=scores[-1], pixel_threshold=1.0, scores=tuple(scores.tolist())
        )
        self.light = LIGHT
        calibrated = tuple(np.random.default_rng([seed, 1]).normal(LIGHT, VARIES, N - 12).tolist())
        spec = SPEC.model_copy(update={"brightness": calibrated if sees_light else None})
        self.lights = np.random.default_rng([seed, 2])
        self.detector = DriftDetector(self.calibration, spec, "bundle")
        self.parts = 0
        self.run(self.good(before))

    def good(self, number: int, shift: float = 0.0) -> list[float]:
        scores: list[float] = self.rng.normal(10.0 + shift, 1.0, number).tolist()
        return scores

    def with_bad(self, number: int, share: float) -> list[float]:
        return [score + 20.0 * (self.rng.random() < share) for score in self.good(number)]

    def run(self, scores: list[float], anomalous_light: float = 0.0) -> list[tuple[float, float]]:
        """The evidence of drift and of a burst after each part; bad parts may be so much brighter than others."""
        seen = []
        for score in scores:
            self.parts += 1
            decision = decide(score, self.calibration)
            light = self.lights.normal(self.light, VARIES) + anomalous_light * (decision == "anomaly")
            self.detector.update(score, decision, f"part-{self.parts}", light)
            seen.append((self.detector.drift, self.detector.burst))
        return seen


def first(evidence: list[float]) -> int | None:
    """The number of the first part with an alarm."""
    return next((number for number, value in enumerate(evidence, start=1) if value >= 1.0), None)


@pytest.mark.parametrize("shift", [1.0, 2.0, 6.0, -1.0, -6.0])
def test_scores_of_ordinary_parts_that_rise_or_fall_are_a_drift_within_200_parts(shift: float) -> None:
    line = Line()
    found = first([drift for drift, _ in line.run(line.good(200, shift))])
    assert found is not None


@pytest.mark.parametrize("shift", [3.0, -3.0])
def test_a_drift_is_seen_right_after_a_start_too_against_the_calibration_set(shift: float) -> None:
    line = Line(before=0)
    assert first([drift for drift, _ in line.run(line.good(200, shift))]) is not None


@pytest.mark.parametrize("light", [0.9, 1.1])
def test_a_lamp_that_changes_is_a_drift_in_brightness_though_no_score_moves(light: float) -> None:
    line = Line()
    line.light = light * LIGHT
    found = first([drift for drift, _ in line.run(line.good(100))])
    assert found is not None
    again = Line()
    again.light = light * LIGHT
    again.run(again.good(found))
    assert again.detector.signals["brightness"] >= 1.0 > again.detector.signals["score"]


def test_it_is_seen_right_after_a_start_too_against_the_calibration_images() -> None:
    line = Line(before=0)
    line.light = 0.9 * LIGHT
    assert first([drift for drift, _ in line.run(line.good(100))]) is not None


def test_parts_under_a_lamp_that_changed_do_not_become_the_measure() -> None:
    line = Line(before=100)
    line.light = 0.9 * LIGHT
    line.run(line.good(2000))
    assert first([drift for drift, _ in line.run(line.good(200))]) is not None


def test_without_brightness_in_the_bundle_scores_alone_are_monitored() -> None:
    line = Line(sees_light=False)
    line.light = 0.5 * LIGHT
    assert first([drift for drift, _ in line.run(line.good(500))]) is None
    assert list(line.detector.signals) == ["score"]


def test_without_one_ordinary_calibration_image_brightness_is_compared_with_parts_of_the_line() -> None:
    line = Line(before=0)
    line.detector = DriftDetector(line.calibration, SPEC.model_copy(update={"brightness": ()}), "bundle")
    line.run(line.good(300))
    line.light = 0.9 * LIGHT
    assert first([drift for drift, _ in line.run(line.good(200))]) is not None


def test_bad_parts_may_be_darker_or_brighter_and_are_no_drift() -> None:
    line = Line()
    drift = [drift for drift, _ in line.run(line.with_bad(4000, 0.1), anomalous_light=-60.0)]
    assert first(drift) is None
    assert max(drift) < 0.8


def test_the_two_signals_break_ties_independently() -> None:
    """Numbers that all tie have a p-value by hash alone; if the hashes were the same, so would be the evidence."""
    calibration = Calibration(
        false_alarm_rate=0.01, n=N, threshold=1.5, pixel_threshold=1.0, scores=(1.0,) * (N - 1) + (2.0,)
    )
    detector = DriftDetector(calibration, SPEC.model_copy(update={"brightness": (LIGHT,) * (N - 12)}), "bundle")
    score, brightness = [], []
    for number in range(2000):
        detector.update(1.0, "pass", f"part-{number}", LIGHT)
        score.append(detector.signals["score"])
        brightness.append(detector.signals["brightness"])
    assert abs(np.corrcoef(score, brightness)[0, 1]) < 0.5


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_bad_parts_among_good_ones_are_never_a_drift(share: float) -> None:
    line = Line()
    drift = [drift for drift, _ in line.run(line.with_bad(4000, share))]
    assert first(drift) is None
    assert max(drift) < 0.8


def test_bad_parts_among_good_ones_are_a_burst() -> None:
    line = Line()
    assert first([burst for _, burst in line.run(line.with_bad(300, 0.1))]) is not None


@pytest.mark.parametrize("shift", [1.5, 3.0, 6.0])
def test_the_anomalies_of_a_drift_are_no_burst(shift: float) -> None:
    line = Line()
    seen = line.run(line.good(200, shift))
    found = first([drift for drift, _ in seen])
    assert found is not None
    assert sum(decide(score, line.calibration) == "anomaly" for score in line.good(200, shift)) > 10
    assert first([burst for _, burst in seen[:found]]) is None


def test_a_row_of_bad_parts_is_a_burst_once_ordinary_parts_come_again() -> None:
    line = Line()
    during = line.run([30.0] * 10)
    after = line.run(line.good(40))
    assert first([burst for _, burst in during]) is None
    assert max(burst for _, burst in during) == HELD
    assert first([burst for _, burst in after]) is not None
    assert first([drift for drift, _ in [*during, *after]]) is None


def test_nothing_is_an_alarm_while_nothing_changes() -> None:
    line = Line()
    seen = line.run(line.good(4000))
    assert (first([drift for drift, _ in seen]), first([burst for _, burst in seen])) == (None, None)


def test_after_an_alarm_the_evidence_restarts_and_a_lasting_drift_is_an_alarm_again() -> None:
    line = Line()
    drift = [drift for drift, _ in line.run(line.good(1500, 1.0))]
    alarms = [number for number, value in enumerate(drift) if value >= 1.0]
    assert len(alarms) > 3
    assert all(drift[number + 1] < 0.2 for number in alarms[:-1])


def test_parts_that_had_drifted_do_not_become_the_measure() -> None:
    line = Line(before=100)
    line.run(line.good(2000, 2.0))
    assert first([drift for drift, _ in line.run(line.good(200, 2.0))]) is not None


def test_after_the_drift_is_mended_there_is_no_alarm() -> None:
    line = Line()
    line.run(line.good(150, 2.0))
    line.run(line.good(50))
    assert first([drift for drift, _ in line.run(line.good(2000))]) is None


def test_the_same_parts_give_the_same_evidence() -> None:
    line, again = Line(), Line()
    scores = line.with_bad(500, 0.05)
    assert line.run(scores) == again.run(scores)


def test_scores_that_are_all_alike_are_no_drift() -> None:
    calibration = Calibration(
        false_alarm_rate=0.01, n=N, threshold=1.5, pixel_threshold=1.0, scores=(1.0,) * (N - 1) + (2.0,)
    )
    detector = DriftDetector(calibration, SPEC.model_copy(update={"ordinary_share": 0.99}), "bundle")
    drift = []
    for number in range(3000):
        detector.update(1.0, "pass", f"part-{number}", LIGHT)
        drift.append(detector.drift)
    assert first(drift) is None


def test_a_calibration_set_of_one_score_is_enough_to_run() -> None:
    calibration = Calibration(false_alarm_rate=0.5, n=1, threshold=1.0, pixel_threshold=1.0, scores=(1.0,))
    detector = DriftDetector(calibration, SPEC, "bundle")
    for number, score in enumerate((0.5, 1.5, 1.0)):
        detector.update(score, "pass", str(number), LIGHT)
    assert 0.0 <= detector.drift < 1.0


def test_no_alternative_of_a_burst_gains_on_average_while_nothing_changes() -> None:
    bursts = 0.02 * np.exp(burst_gains(0.02, is_anomaly=True)) + 0.98 * np.exp(burst_gains(0.02, is_anomaly=False))
    np.testing.assert_allclose(bursts, 1.0)


def test_the_ordinary_scores_are_the_stated_share_of_ranks_among_the_calibration_scores() -> None:
    assert [ordinary_count(n, 0.9) for n in (1, 9, 10, 99, 110)] == [0, 8, 8, 89, 98]
