"""Bundles are only comparable at one false-alarm budget."""

import math

from service.scoring.manifest import Calibration
from training.errors import TrainingError
from training.statistics.conformal import SMALLEST_TAIL, needed_for, quantile


def at_budget(calibration: Calibration, false_alarm_rate: float) -> Calibration:
    """The calibration that the same scores give at another budget; an estimate where they are too few for a promise.

    Raises:
        TrainingError: if they are too few even for an estimate.
    """
    if math.isclose(calibration.false_alarm_rate, false_alarm_rate):
        return calibration
    is_promised = calibration.n >= needed_for(false_alarm_rate)
    if not is_promised and calibration.n <= SMALLEST_TAIL:
        raise TrainingError(
            f"expected enough calibration scores for the champion's budget of {false_alarm_rate:g}, "
            f"found {calibration.n}; fit the challenger with --false-alarm-rate {false_alarm_rate:g}"
        )
    threshold = quantile(calibration.scores, false_alarm_rate, extrapolate=True)
    review = calibration.review_threshold
    has_review = review is not None and review < threshold
    return calibration.model_copy(
        update={
            "method": "conformal" if is_promised else "generalised_pareto",
            "false_alarm_rate": false_alarm_rate,
            "threshold": threshold,
            "review_rate": calibration.review_rate if has_review else None,
            "review_threshold": review if has_review else None,
        }
    )
