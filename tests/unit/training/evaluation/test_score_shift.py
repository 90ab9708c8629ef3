import numpy as np
import pytest
from scipy.stats import kstest

from service.scoring.verdict import p_value
from training.evaluation.score_shift import shift

CALIBRATION = tuple(i / 1000 for i in range(1000))


def test_parts_like_the_calibration_have_not_moved() -> None:
    found = shift(list(np.random.default_rng(0).uniform(0, 1, 500)), CALIBRATION)
    assert found is not None
    assert found.images == 500
    assert abs(found.median - 0.5) < 0.1
    assert found.distance < 0.08


def test_more_anomalous_parts_have_small_p_values_far_from_uniform() -> None:
    found = shift(list(np.random.default_rng(0).uniform(0.6, 1.4, 500)), CALIBRATION)
    assert found is not None
    assert found.median < 0.05
    assert found.distance > 0.5


def test_the_distance_is_that_of_kolmogorov_and_smirnov() -> None:
    scores = list(np.random.default_rng(1).uniform(0.2, 1.1, 80))
    found = shift(scores, CALIBRATION)
    assert found is not None
    assert found.distance == pytest.approx(
        kstest([p_value(score, CALIBRATION) for score in scores], "uniform").statistic
    )


def test_no_images_have_no_shift() -> None:
    assert shift([], CALIBRATION) is None
