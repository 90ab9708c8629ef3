import numpy as np

from training.data.selected import Selected


def test_rows_are_those_of_the_array_in_the_order_given() -> None:
    array = np.arange(24).reshape(6, 2, 2)
    rows = Selected(array, np.array([4, 0, 5]))
    assert len(rows) == 3
    assert rows.shape == (3, 2, 2)
    np.testing.assert_array_equal(rows[0], array[4])
    np.testing.assert_array_equal(rows[1:], array[[0, 5]])
    np.testing.assert_array_equal(rows[np.array([2, 2])], array[[5, 5]])


def test_nothing_is_read_before_it_is_asked_for() -> None:
    array = np.zeros((3, 1))
    rows = Selected(array, np.array([2, 1]))
    array[2] = 7
    assert rows[0] == 7
