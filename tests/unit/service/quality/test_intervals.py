import pytest
from scipy.stats import binomtest

from service.quality.intervals import clopper_pearson

SEEN = [(n, k) for n in (1, 2, 7, 60, 999, 20_000) for k in sorted({0, 1, n // 100, n // 3, n // 2 + 1, n - 1, n})]


@pytest.mark.parametrize("confidence", [0.95, 0.9875])
def test_the_interval_is_the_one_of_scipy(confidence: float) -> None:
    for total, count in SEEN:
        expected = binomtest(count, total).proportion_ci(confidence, method="exact")
        found = clopper_pearson(count, total, confidence)
        assert found == pytest.approx((expected.low, expected.high), rel=1e-7), (count, total)


def test_of_nothing_nothing_is_known() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_the_rule_of_three_and_a_bit_holds_where_nothing_was_seen() -> None:
    low, high = clopper_pearson(0, 1000)
    assert low == 0.0
    assert high == pytest.approx(3.7 / 1000, rel=0.01)
