"""The manifest's own rules."""

import pytest
from pydantic import ValidationError

from service.scoring.manifest import Calibration, Evaluation, InputSpec, Sensitivity


def calibration(**changes: object) -> Calibration:
    values = {"false_alarm_rate": 0.1, "n": 2, "threshold": 1.0, "pixel_threshold": 1.0, "scores": (0.5, 1.0)}
    return Calibration.model_validate(values | changes)


def test_the_number_of_scores_must_be_n() -> None:
    with pytest.raises(ValidationError, match="expected n=3 calibration scores, found 2"):
        calibration(n=3)


def test_scores_must_ascend() -> None:
    with pytest.raises(ValidationError, match="ascending"):
        calibration(scores=(1.0, 0.5))


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_a_false_alarm_budget_lies_between_none_and_all(rate: float) -> None:
    with pytest.raises(ValidationError):
        calibration(false_alarm_rate=rate)


def test_a_threshold_is_above_zero_so_that_the_error_ratio_exists() -> None:
    with pytest.raises(ValidationError):
        calibration(threshold=0.0)


def test_black_must_be_below_white() -> None:
    with pytest.raises(ValidationError, match="black < white"):
        InputSpec(height=8, width=8, channels=1, black=0.5, white=0.5)


def test_a_calibration_is_conformal_unless_it_says_otherwise() -> None:
    assert calibration().method == "conformal"
    assert calibration(method="generalised_pareto").method == "generalised_pareto"


def test_an_evaluation_of_the_first_release_still_loads() -> None:
    first = {"normal": 2, "defects": 1, "image_auroc": 0.5, "false_alarms": 0, "defects_flagged": 1, "by_kind": {}}
    assert Evaluation.model_validate(first).aupro_30 is None


def test_a_sensitivity_has_a_value_for_every_size_and_contrast() -> None:
    with pytest.raises(ValidationError, match="expected 2 x 1 values for dent"):
        Sensitivity(images=1, sizes=(0.1, 0.2), contrasts=(0.5,), recall={"dent": ((1.0,),)})
