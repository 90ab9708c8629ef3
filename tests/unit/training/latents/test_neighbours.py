import numpy as np
import pytest

from training.latents.neighbours import nearest

CODES = np.array([[1, 0], [10, 0], [0, 1], [0, 0]], np.float32)


def test_euclid_ranks_by_the_length_of_the_difference() -> None:
    found = nearest(np.array([2, 0], np.float32), CODES, 3, "euclid")
    assert [row for row, _ in found] == [0, 3, 2]
    assert [away for _, away in found] == pytest.approx([1.0, 2.0, 5**0.5])


def test_cosine_sees_only_the_direction_and_none_in_zeros() -> None:
    found = nearest(np.array([2, 0], np.float32), CODES, 9, "cosine")
    assert [row for row, _ in found] == [0, 1, 2, 3]
    assert [away for _, away in found] == pytest.approx([0.0, 0.0, 1.0, 1.0])
