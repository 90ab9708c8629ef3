import numpy as np
import pytest

from training.statistics.conformal import extrapolated, needed_for, quantile, rank, smallest_rate


@pytest.mark.parametrize(("rate", "needed"), [(0.01, 99), (0.05, 19), (0.001, 999), (0.5, 1), (0.9, 1), (0.03, 33)])
def test_a_budget_needs_just_enough_calibration_images(rate: float, needed: int) -> None:
    assert needed_for(rate) == needed


@pytest.mark.parametrize(
    ("n", "rate", "expected"), [(99, 0.01, 99), (100, 0.01, 100), (199, 0.01, 198), (19, 0.05, 19), (999, 0.001, 999)]
)
def test_the_rank_is_exact_in_spite_of_floating_point(n: int, rate: float, expected: int) -> None:
    assert rank(n, rate) == expected


def test_too_few_scores_are_a_fault() -> None:
    with pytest.raises(ValueError, match="found 98"):
        rank(98, 0.01)


def test_an_extrapolated_tail_is_about_right_where_the_truth_is_known() -> None:
    random = np.random.default_rng(2)
    rate = 0.002
    exceeded = [np.exp(-extrapolated(np.sort(random.exponential(size=100)).tolist(), rate)) for _ in range(50)]
    assert rate / 2 < np.median(exceeded) < rate * 2


def test_tiny_scores_are_extrapolated_as_large_ones_are() -> None:
    scores = np.sort(np.random.default_rng(3).exponential(size=80))
    assert extrapolated((1e-7 * scores).tolist(), 0.001) == pytest.approx(1e-7 * extrapolated(scores.tolist(), 0.001))


def test_scores_that_are_all_alike_have_no_tail() -> None:
    assert extrapolated([2.0] * 50, 0.001) == 2.0


@pytest.mark.parametrize("total", [16, 17, 99, 200])
def test_half_of_the_smallest_set_for_a_rate_is_just_enough(total: int) -> None:
    rate = smallest_rate(total)
    assert needed_for(rate) == total // 2 < needed_for(0.99 * rate)


def test_a_quantile_is_one_of_the_scores_and_extrapolated_only_where_they_are_too_few() -> None:
    scores = [float(i) for i in range(1, 100)]
    assert quantile(scores, 0.1, extrapolate=True) == quantile(scores, 0.1, extrapolate=False) == 90.0
    with pytest.raises(ValueError, match="found 99"):
        quantile(scores, 0.001, extrapolate=False)
    assert quantile(scores, 0.001, extrapolate=True) == extrapolated(scores, 0.001) > scores[-1]
