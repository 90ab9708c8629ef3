"""Flat or not: slopes after warm-up, robust against single jumps."""

import numpy as np
import pytest

from deploy.soak.samples import Sample
from deploy.soak.slopes import level, memory_slope, warmed_up


def samples(memory: list[float]) -> list[Sample]:
    """One sample for each 10 000 images."""
    return [Sample(float(i), 10_000 * (i + 1), mb, 30, 10, 1) for i, mb in enumerate(memory)]


def noisy(slope_mb_per_million: float, number: int = 100) -> list[float]:
    noise = np.random.default_rng(0).normal(0.0, 0.3, number)
    return [float(200 + slope_mb_per_million * i / 100 + noise[i]) for i in range(number)]


def test_memory_that_grows_by_nothing_is_flat_and_by_much_is_not() -> None:
    assert memory_slope(samples(noisy(0.0))).is_flat
    growing = memory_slope(samples(noisy(20.0)))
    assert not growing.is_flat
    assert growing.mb_per_million == pytest.approx(20.0, abs=0.5)
    assert growing.growth_mb == pytest.approx(20.0, abs=0.5)


def test_growth_too_small_to_matter_is_flat() -> None:
    slope = memory_slope(samples([200 + 0.01 * i for i in range(100)]))
    assert slope.low > 0.0
    assert slope.is_flat


def test_single_jumps_make_no_slope() -> None:
    memory = noisy(0.0)
    memory[70:75] = [400.0] * 5
    assert memory_slope(samples(memory)).is_flat


def test_start_and_warm_up_are_left_out() -> None:
    starting = [Sample(0.0, 0, 10.0, 1, 1, 1)] * 10
    assert len(warmed_up([*starting, *samples(noisy(0.0))])) == 75
    assert len(warmed_up(samples(noisy(0.0, 1000)))) == 940


def test_a_slope_needs_images() -> None:
    with pytest.raises(ValueError, match="expected at least 4 samples"):
        memory_slope([Sample(float(i), 5, 200.0, 30, 10, 1) for i in range(9)])


def test_counts_are_flat_if_their_last_third_is_not_above_the_first() -> None:
    assert level([40, 41, 40, 44, 41, 42]).is_flat
    assert not level([40, 42, 44, 46, 48, 50]).is_flat
