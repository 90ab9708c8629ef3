"""The way of earlier releases: OpenCV's, bit by bit."""

import cv2
import numpy as np
import pytest

from service.scoring.input_spec import InputSpec
from service.scoring.stretched import stretched
from tests.support.encoded import noise


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("size", "way"), [((40, 50), cv2.INTER_AREA), ((10, 20), cv2.INTER_LINEAR), ((16, 16), cv2.INTER_LINEAR)]
)
def test_areas_are_averaged_and_small_images_enlarged_linearly(size: tuple[int, int], way: int, dtype: type) -> None:
    image = noise((*size, 3), dtype)
    found = stretched(image, InputSpec(height=16, width=16, channels=3))
    assert np.array_equal(found, cv2.resize(image, (16, 16), interpolation=way))


def test_channels_become_the_graphs_before_the_size_does() -> None:
    image, spec = noise((40, 50, 3)), InputSpec(height=16, width=16, channels=1)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.uint8)
    assert np.array_equal(stretched(image, spec), stretched(grey, spec))
    assert np.array_equal(stretched(grey, spec.model_copy(update={"channels": 3}))[..., 1], stretched(grey, spec))
