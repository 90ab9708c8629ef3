from pathlib import Path

import numpy as np
import pytest

from training.calibration.score_order import score_order

RANDOM = np.random.default_rng(0).uniform(0.5, 1.0, 60).tolist()
RISING = np.linspace(0.5, 1.0, 60).tolist()


def paths(numbers: list[int]) -> list[Path]:
    return [Path(f"/line/{number}.png") for number in numbers]


def test_scores_that_rise_along_the_names_are_a_drift_whatever_order_they_are_given_in() -> None:
    given = np.random.default_rng(1).permutation(60).tolist()
    found = score_order(paths(given), [RISING[number] for number in given])
    assert found.drifted
    assert found.scores == tuple(RISING)
    assert found.sentence().startswith("the line drifted while these images were taken: calibration scores change")
    assert "median 0.559 of the first quarter, 0.941 of the last" in found.sentence()


def test_a_level_that_comes_back_is_told_as_such_and_the_latest_are_no_remedy() -> None:
    waves = [2.0 + np.sin(number / 10.0) + 0.1 * RANDOM[number % 60] for number in range(126)]
    found = score_order(paths(list(range(126))), waves)
    assert (found.drifted, found.latest_may_help) == (True, False)
    assert found.sentence().startswith("calibration scores change to and fro along the file name")
    assert score_order(paths(list(range(60))), RISING).latest_may_help


def test_without_a_trend_nothing_is_said_of_a_drift() -> None:
    found = score_order(paths(list(range(60))), RANDOM)
    assert not found.drifted
    assert "drifted" not in found.sentence()
    assert found.as_json()["drifted"] is False


def test_the_order_of_capture_times_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shuffled = np.random.default_rng(2).permutation(60).tolist()
    monkeypatch.setattr("training.data.image_order.capture_time", lambda path: shuffled[int(path.stem)])
    found = score_order(paths(list(range(60))), [RISING[place] for place in shuffled])
    assert (found.drifted, found.order, found.scores) == (True, "capture time", tuple(RISING))


def test_too_few_scores_tell_nothing() -> None:
    found = score_order(paths([1, 2, 3]), [0.1, 0.2, 0.3])
    assert not found.drifted
    assert "too few" in found.sentence()
    assert found.as_json()["p_value"] is None
