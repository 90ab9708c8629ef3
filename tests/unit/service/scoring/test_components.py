"""Connected components, against those of OpenCV."""

import cv2
import numpy as np
import pytest

from service.scoring.components import Component, components


@pytest.mark.parametrize("density", [0.0, 0.1, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (23, 31)])
def test_boxes_and_peaks_are_those_of_opencv(shape: tuple[int, int], density: float) -> None:
    random = np.random.default_rng(round(100 * density) + shape[0])
    values = random.uniform(1.0, 2.0, shape).astype(np.float32)
    values[random.uniform(size=shape) >= density] = 0.25
    count, labels, stats, _ = cv2.connectedComponentsWithStats((values > 1.0).astype(np.uint8), connectivity=8)
    expected = [
        Component(int(x), int(y), int(x + width), int(y + height), float(values[labels == label].max()))
        for label, (x, y, width, height, _) in enumerate(stats[:count])
        if label
    ]
    assert components(values, 1.0) == sorted(expected, key=lambda each: -each.peak)


def test_arms_that_meet_below_are_one_component() -> None:
    comb = np.array([[1, 0, 1, 0, 1], [1, 0, 1, 0, 1], [0, 1, 0, 1, 0]], np.float32)
    assert components(comb, 0.5) == [Component(0, 0, 5, 3, 1.0)]


def test_equal_peaks_stand_in_the_order_of_their_first_pixels() -> None:
    spots = np.zeros((5, 9), np.float32)
    spots[0, 8] = spots[2, 0] = spots[4, 4] = 1.0
    assert [(each.left, each.top) for each in components(spots, 0.5)] == [(8, 0), (0, 2), (4, 4)]
