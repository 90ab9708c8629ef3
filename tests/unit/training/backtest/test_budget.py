"""One budget for both."""

import pytest

from service.scoring.manifest import Calibration
from training.calibration.threshold import at_budget
from training.errors import TrainingError


def calibration(n: int, rate: float = 0.05, **more: float) -> Calibration:
    """Scores 1 to n; the threshold is the largest, so that one that was not derived anew would show."""
    scores = tuple(float(score) for score in range(1, n + 1))
    return Calibration(false_alarm_rate=rate, n=n, threshold=float(n), pixel_threshold=1.0, scores=scores, **more)


def test_the_same_budget_leaves_a_calibration_as_it_is() -> None:
    own = calibration(99)
    assert at_budget(own, 0.05) is own


def test_another_budget_gives_the_conformal_threshold_of_the_same_scores() -> None:
    found = at_budget(calibration(99), 0.1)
    assert (found.threshold, found.false_alarm_rate, found.is_promise) == (90.0, 0.1, True)


def test_a_budget_that_the_scores_do_not_support_gives_an_estimate_beyond_them() -> None:
    found = at_budget(calibration(99), 0.001)
    assert not found.is_promise
    assert found.threshold >= 99.0


def test_too_few_scores_even_for_an_estimate_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"--false-alarm-rate 0\.001"):
        at_budget(calibration(10, 0.1), 0.001)


def test_review_goes_on_only_below_the_new_threshold() -> None:
    own = calibration(99, review_rate=0.2, review_threshold=80.0)
    assert at_budget(own, 0.1).review_threshold == 80.0
    assert at_budget(own, 0.3).review_threshold is None
