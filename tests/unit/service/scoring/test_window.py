"""Where an anomaly map lies on its image."""

import numpy as np
import pytest

from service.scoring.input_spec import InputSpec, Roi
from service.scoring.window import Window, fitted, on_image, roi_box, whole, window

SQUARE = InputSpec(height=64, width=64, channels=1, margin=1.5)
CORNER = SQUARE.model_copy(update={"roi": Roi(x=0.5, y=0.25, width=0.5, height=0.75)})
PADDED = SQUARE.model_copy(update={"resize": "pad"})


def test_without_a_region_the_map_covers_the_image() -> None:
    assert window((100, 200), SQUARE) == whole((100, 200)) == Window(0, 0, 200, 100)


def test_a_region_of_interest_is_in_pixels_of_the_original() -> None:
    assert window((100, 200), CORNER) == Window(100, 25, 100, 75)


def test_padding_lies_beyond_the_image() -> None:
    assert fitted((100, 200), PADDED) == (32, 64)
    assert window((100, 200), PADDED) == Window(0, -50, 200, 200)


@pytest.mark.parametrize("reduced", [1, 2, 4])
def test_the_box_of_a_smaller_image_is_that_of_the_whole_one(reduced: int) -> None:
    left, top, right, bottom = roi_box((400, 600), CORNER, reduced)
    assert (left * reduced, top * reduced, right * reduced, bottom * reduced) == (300, 100, 600, 400)


def test_a_box_has_a_pixel_at_least() -> None:
    tiny = SQUARE.model_copy(update={"roi": Roi(x=0.999, y=0.999, width=0.001, height=0.001)})
    assert roi_box((10, 10), tiny) == (9, 9, 10, 10)


def test_a_map_that_covers_its_image_is_itself() -> None:
    anomaly_map = np.ones((8, 8), np.float32)
    assert on_image(anomaly_map, (100, 200), whole((100, 200))) is anomaly_map


def test_a_map_of_a_region_is_nothing_elsewhere() -> None:
    found = on_image(np.ones((8, 8), np.float32), (256, 256), Window(128, 64, 128, 192))
    assert found.shape == (256, 256)
    assert found[64:, 128:].all()
    assert not found[:64].any()
    assert not found[:, :128].any()


def test_padding_is_cut_off_a_map() -> None:
    anomaly_map = np.zeros((8, 8), np.float32)
    anomaly_map[2:6] = 1.0
    assert on_image(anomaly_map, (100, 200), window((100, 200), PADDED)).all()
