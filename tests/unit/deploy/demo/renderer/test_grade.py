import numpy as np
import pytest

from deploy.demo.renderer.grade import Grade, between


def test_sizes_and_strengths_are_drawn_evenly_and_apart() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([(grade.size, grade.strength) for grade in (Grade.draw(rng) for _ in range(2000))])
    for values in drawn.T:
        counts, _ = np.histogram(values, bins=5, range=(0, 1))
        assert counts.sum() == 2000
        assert np.all(np.abs(counts - 400) < 80), "a fifth in each fifth"
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.1


def test_no_grade_is_below_the_least() -> None:
    rng = np.random.default_rng(0)
    grades = [Grade.draw(rng, 0.75) for _ in range(100)]
    assert all(0.75 <= value <= 1 for grade in grades for value in (grade.size, grade.strength))


def test_grades_lie_in_equal_ratios_between_faint_and_clear() -> None:
    assert [between(2, 32, grade) for grade in (0, 0.5, 1)] == pytest.approx([2, 8, 32])
