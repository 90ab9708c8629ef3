"""From scores to decisions."""

import numpy as np
import pytest
from pydantic import ValidationError

from service.scoring.graph import Prediction
from service.scoring.manifest import Calibration
from service.scoring.verdict import MAX_REGIONS, find_regions, judge, p_value
from service.scoring.window import whole

CALIBRATION = Calibration(
    false_alarm_rate=0.1, n=9, threshold=0.9, pixel_threshold=0.5, scores=tuple(i / 10 for i in range(1, 10))
)


def scored(score: float) -> Prediction:
    anomaly_map = np.zeros((10, 20), np.float32)
    anomaly_map[2:4, 5:9] = 0.7
    return Prediction(score, anomaly_map)


def test_a_score_at_the_threshold_passes() -> None:
    verdict = judge(scored(0.9), CALIBRATION, "b", (100, 200), whole((100, 200)))
    assert (verdict.decision, verdict.error_ratio, verdict.regions) == ("pass", 1.0, ())


def test_a_score_above_the_threshold_is_an_anomaly_somewhere() -> None:
    verdict = judge(scored(np.nextafter(0.9, 1.0)), CALIBRATION, "b", (100, 200), whole((100, 200)))
    assert verdict.decision == "anomaly"
    region = verdict.regions[0]
    assert (region.x, region.y, region.width, region.height) == (50, 20, 40, 20)
    assert region.peak == pytest.approx(0.7)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf")])
def test_there_is_no_decision_on_what_is_no_number(score: float) -> None:
    with pytest.raises(ValidationError, match="finite number"):
        judge(scored(score), CALIBRATION, "b", (100, 200), whole((100, 200)))


@pytest.mark.parametrize(
    ("score", "expected"), [(0.0, 1.0), (0.1, 1.0), (0.11, 0.9), (0.5, 0.6), (0.9, 0.2), (0.91, 0.1), (99.0, 0.1)]
)
def test_p_values_count_calibration_scores_at_least_as_high(score: float, expected: float) -> None:
    assert p_value(score, CALIBRATION.scores) == pytest.approx(expected)


def test_p_values_of_exchangeable_scores_are_valid() -> None:
    rng = np.random.default_rng(5)
    n, level, rounds = 19, 0.1, 4000
    scores = rng.normal(size=(rounds, n + 1))
    p = np.array([p_value(row[0], tuple(np.sort(row[1:]))) for row in scores])
    assert np.mean(p <= level) == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / rounds))


def test_an_anomaly_below_the_pixel_threshold_still_has_a_region() -> None:
    faint = np.full((8, 8), 0.1, np.float32)
    faint[3, 3] = 0.4
    regions = find_regions(faint, 0.5, (8, 8), whole((8, 8)))
    assert [(r.x, r.y, r.width, r.height) for r in regions] == [(3, 3, 1, 1)]


def test_regions_come_strongest_first_and_are_bounded_in_number() -> None:
    spots = np.zeros((40, 40), np.float32)
    for i in range(20):
        spots[2 * (i // 4) * 2, (i % 4) * 8] = 1.0 + i
    regions = find_regions(spots, 0.5, (40, 40), whole((40, 40)))
    assert len(regions) == MAX_REGIONS
    assert [r.peak for r in regions] == sorted((r.peak for r in regions), reverse=True)
    assert regions[0].peak == 20.0
