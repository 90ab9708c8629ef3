import numpy as np
import pytest

from training.statistics.trend import RARE, SMALLEST, running_median, trend

LINES = 1000


def scores(random: np.random.Generator, n: int) -> np.ndarray:
    """Skewed, as scores are."""
    return random.lognormal(0.0, 0.3, n)


@pytest.mark.parametrize("n", [24, 100])
def test_a_line_without_a_trend_is_said_to_have_one_no_more_often_than_stated(n: int) -> None:
    random = np.random.default_rng(n)
    found = [trend(scores(random, n)) for _ in range(LINES)]
    p_values = np.array([each.p_value for each in found if each])
    assert len(p_values) == LINES
    assert sum(each.is_clear() for each in found if each) <= 3 * RARE * LINES  # 1 is expected
    assert (p_values < 0.05).mean() <= 0.065


@pytest.mark.parametrize("sign", [1, -1])
def test_scores_that_only_rise_or_fall_are_a_trend(sign: int) -> None:
    random = np.random.default_rng(1)
    found = trend(scores(random, 100) * np.exp(sign * np.linspace(0.0, 0.6, 100)))
    assert found is not None
    assert found.is_clear(orders=2)
    assert np.sign(found.correlation) == sign


@pytest.mark.parametrize("change", [slice(80, 100), slice(40, 60), slice(0, 100, 1)])
def test_a_level_that_changes_for_a_while_is_a_trend_and_one_that_does_not_is_none(change: slice) -> None:
    values = scores(np.random.default_rng(2), 100)
    values[change] *= 1.7
    found = trend(values)
    assert found is not None
    assert found.is_clear() == (change.stop - change.start < 100)


def test_a_few_scores_far_off_at_one_end_make_no_trend() -> None:
    values = scores(np.random.default_rng(3), 100)
    values[-3:] = 1e6
    found = trend(values)
    assert found is not None
    assert not found.is_clear()


def test_the_faintest_trend_of_many_scores_is_passed_over() -> None:
    values = scores(np.random.default_rng(4), 20_000) * np.linspace(1.0, 1.1, 20_000)
    found = trend(values)
    assert found is not None
    assert found.p_value < 1e-6
    assert not found.is_clear()


@pytest.mark.parametrize("values", [[1.0, 2.0] * 5, [0.5] * 100, []])
def test_too_few_or_all_alike_tell_nothing(values: list[float]) -> None:
    assert trend(values) is None
    assert len(values) < SMALLEST or len(set(values)) == 1


def test_a_running_median_passes_over_outliers_and_is_narrower_at_the_ends() -> None:
    assert running_median([1.0, 1.0, 99.0, 1.0, 1.0], 1).tolist() == [1.0, 1.0, 1.0, 1.0, 1.0]
    assert running_median([1.0, 2.0, 3.0, 4.0], 5).tolist() == [2.5] * 4
