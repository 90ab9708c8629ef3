"""By how much an image is made smaller first."""

import pytest

from service.scoring.input_spec import InputSpec
from service.scoring.reduction import least_size, reduction


@pytest.mark.parametrize(
    ("size", "least", "expected"),
    [
        ((50, 500), (100, 100), 1),
        ((100, 100), (100, 100), 1),
        ((199, 400), (100, 100), 1),
        ((200, 400), (100, 100), 2),
        ((399, 400), (100, 100), 2),
        ((799, 400), (100, 100), 4),
        ((1600, 9000), (100, 100), 16),
        ((9000, 150), (100, 100), 1),
        ((768, 1024), (384, 384), 2),
    ],
)
def test_the_largest_power_of_two_that_leaves_enough_on_both_sides(
    size: tuple[int, int], least: tuple[int, int], expected: int
) -> None:
    assert reduction(size, least) == expected


def test_the_least_size_is_rounded_up() -> None:
    assert least_size(InputSpec(height=9, width=20, channels=1), 1.25) == (12, 25)
