"""Validation of the manifest."""

import pytest
from pydantic import ValidationError

from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Calibration, DriftSpec, Evaluation, Sensitivity


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


NO_NUMBERS = [float("nan"), float("inf"), -float("inf")]


@pytest.mark.parametrize("number", NO_NUMBERS)
@pytest.mark.parametrize("field", ["false_alarm_rate", "threshold", "pixel_threshold"])
def test_numbers_of_a_calibration_are_finite(field: str, number: float) -> None:
    with pytest.raises(ValidationError, match="finite number"):
        calibration(**{field: number})


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_calibration_scores_and_review_thresholds_are_finite(number: float) -> None:
    with pytest.raises(ValidationError, match="finite number"):
        calibration(scores=(0.5, number))
    with pytest.raises(ValidationError, match="finite number"):
        calibration(review_rate=0.5, review_threshold=number)


def test_a_threshold_that_most_calibration_scores_exceed_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"at most 0.1 of 2 calibration scores above the threshold 0.7, found 1"):
        calibration(threshold=0.7)


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


LIMITS = {
    "parts_per_hour": 1,
    "average_run_length": 730,
    "ordinary_share": 0.9,
    "reference": 1000,
    "drift_limit": 16.0,
    "burst_limit": 11.0,
}


def test_limits_of_an_earlier_release_know_no_brightness() -> None:
    assert DriftSpec.model_validate(LIMITS).brightness is None


@pytest.mark.parametrize("grey", [-1.0, 256.0, float("nan"), float("inf")])
def test_brightness_is_a_grey_value(grey: float) -> None:
    with pytest.raises(ValidationError):
        DriftSpec.model_validate(LIMITS | {"brightness": [100.0, grey]})


def test_brightness_survives_the_file_whether_there_is_any_or_not() -> None:
    for brightness in (None, (), (0.0, 101.25, 255.0)):
        spec = DriftSpec.model_validate(LIMITS | {"brightness": brightness})
        assert DriftSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize("number", NO_NUMBERS)
@pytest.mark.parametrize("field", ["drift_limit", "burst_limit", "scores", "brightness", "average_run_length"])
def test_drift_limits_are_finite(field: str, number: float) -> None:
    with pytest.raises(ValidationError, match="finite number"):
        DriftSpec.model_validate(LIMITS | {field: (number,) if field in ("scores", "brightness") else number})


def test_drift_scores_ascend_and_have_a_brightness_each() -> None:
    with pytest.raises(ValidationError, match="drift scores in ascending order"):
        DriftSpec.model_validate(LIMITS | {"scores": (0.2, 0.1)})
    with pytest.raises(ValidationError, match="a brightness for each of 2 drift scores, found 1"):
        DriftSpec.model_validate(LIMITS | {"scores": (0.1, 0.2), "brightness": (9.0,)})
