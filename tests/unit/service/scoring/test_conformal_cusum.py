"""Conformal p-values among the parts before, and CUSUMs of their likelihood ratios."""

import numpy as np
import pytest

from service.scoring.conformal_cusum import Cusum, ShiftDetector, hashed_uniform, shift_gains


def evidence(values: list[float], calibrated: list[float], key: str = "key") -> list[float]:
    shifts, found = ShiftDetector(calibrated, 300, key), []
    for number, value in enumerate(values):
        shifts.add(value, f"part-{number}", number)
        found.append(shifts.leading.evidence)
    return found


@pytest.mark.parametrize("by", [2.0, -2.0, 5.0])
def test_numbers_that_rise_or_fall_are_evidence_and_others_hardly(by: float) -> None:
    rng = np.random.default_rng(0)
    calibrated, same, moved = (rng.normal(0.0, 1.0, 100).tolist() for _ in range(3))
    assert max(evidence(same, calibrated)) < 8.0
    assert evidence([value + by for value in moved], calibrated)[-1] > 15.0


def test_numbers_that_are_all_alike_are_no_evidence() -> None:
    assert max(evidence([1.0] * 2000, [1.0] * 100)) < 12.0


def test_p_values_are_uniform_whatever_the_numbers_and_from_the_first_on() -> None:
    shifts = [ShiftDetector([], 50, str(key)) for key in range(500)]
    rng = np.random.default_rng(0)
    for number in range(3):
        p_values = [
            each._p_value(value, f"part-{number}") for each, value in zip(shifts, rng.lognormal(size=500), strict=True)
        ]
        assert np.mean(p_values) == pytest.approx(0.5, abs=0.05)
        assert np.var(p_values) == pytest.approx(1 / 12, abs=0.02)
        for each, value in zip(shifts, rng.lognormal(size=500), strict=True):
            each.add(value, f"part-{number}", number)


def test_after_a_restart_what_had_moved_is_forgotten_and_nothing_more_is_learnt() -> None:
    rng = np.random.default_rng(0)
    shifts = ShiftDetector([], 1000, "key")
    for number, value in enumerate([*rng.normal(0.0, 1.0, 100), *rng.normal(9.0, 1.0, 100)]):
        shifts.add(value, f"part-{number}", number)
    began = shifts.leading.began
    assert 90 <= began <= 101
    shifts.restart(began)
    for number, value in enumerate(rng.normal(9.0, 1.0, 300)):
        shifts.add(value, f"later-{number}", 200 + number)
    assert shifts.leading.evidence > 100.0, "a reference that learnt them would find them usual"


def test_the_hash_of_a_part_is_the_same_everywhere_and_another_under_another_key() -> None:
    numbers = [hashed_uniform(f"part-{number}", b"key") for number in range(1000)]
    assert numbers == [hashed_uniform(f"part-{number}", b"key") for number in range(1000)]
    assert hashed_uniform("part-1", b"key") != hashed_uniform("part-1", b"other")
    assert 0.0 <= min(numbers) < 0.01
    assert 0.99 < max(numbers) < 1.0
    assert float(np.mean(numbers)) == pytest.approx(0.5, abs=0.05)


def test_no_alternative_gains_on_average_while_p_values_are_uniform() -> None:
    p_values = (np.arange(1000) + 0.5) / 1000
    np.testing.assert_allclose(np.exp([shift_gains(p_value) for p_value in p_values]).mean(axis=0), 1.0)


def test_a_cusum_knows_since_when_its_evidence_grew() -> None:
    cusum = Cusum()
    for ordinary, gain in enumerate([1.0, -2.0, 0.5, 0.5]):
        cusum.add(gain, ordinary)
    assert (cusum.evidence, cusum.began) == (1.0, 1)
