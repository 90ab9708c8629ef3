"""Changes on the line, done to images."""

import numpy as np
import pytest

from deploy.benchmarks.perturbations import CHANGES, lamp, position
from tests.support.bundles import part


@pytest.mark.parametrize("change", CHANGES.values())
@pytest.mark.parametrize("channels", [1, 3])
def test_every_change_keeps_shape_and_type(change: object, channels: int) -> None:
    image = part(100)[..., :channels]
    changed = change(image, np.random.default_rng(0))  # type: ignore[operator] # one of CHANGES
    assert (changed.shape, changed.dtype) == (image.shape, np.uint8)
    assert not np.array_equal(changed, image)


def test_a_lamp_that_lost_a_tenth_darkens_by_a_tenth_and_a_shift_moves_by_three_pixels() -> None:
    rng = np.random.default_rng(0)
    image = part(100, 200)
    assert lamp(image, rng)[-1, -1].tolist() == [90, 90, 90]
    np.testing.assert_array_equal(position(image, rng)[:, 3:], image[:, :-3])
