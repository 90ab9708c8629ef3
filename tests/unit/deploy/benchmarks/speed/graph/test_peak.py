"""The machine's peak, and the least time of a graph's multiply-adds."""

import pytest

from deploy.benchmarks.speed.graph.operators import read_operators
from deploy.benchmarks.speed.graph.peak import Peak, fully_connected, measure_peak
from training.backend.delegation import left_to_litert


def test_the_least_time_counts_each_type_at_its_own_peak() -> None:
    operators = [*read_operators(fully_connected(32, "int8")), *read_operators(fully_connected(64, "float32"))]
    assert Peak(int8=32**3 / 2, float32=64**3 / 3).seconds(operators) == pytest.approx(5.0)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_the_delegate_takes_the_product_that_the_peak_is_measured_with(dtype: str) -> None:
    assert left_to_litert(fully_connected(32, dtype)) == []


def test_both_peaks_are_measured() -> None:
    peak = measure_peak(rounds=1)
    assert peak.int8 > 0
    assert peak.float32 > 0
