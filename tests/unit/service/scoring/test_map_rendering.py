"""Drawing anomaly maps."""

import io

import numpy as np
from PIL import Image

from service.scoring.map_rendering import MAP_SIDE, map_png, overlay, to_grey, to_heat


def test_the_scale_is_tied_to_the_pixel_threshold() -> None:
    grey = to_grey(np.array([[0.0, 0.5, 1.0, 9.0]], np.float32), pixel_threshold=0.5)
    assert grey.tolist() == [[0, 128, 255, 255]]


def test_heat_is_rgb_and_darkest_where_nothing_is() -> None:
    heat = to_heat(np.array([[0.0, 1.0]], np.float32), pixel_threshold=0.5)
    assert heat.shape == (1, 2, 3)
    assert heat[0, 0].sum() < 20
    assert heat[0, 1].sum() > 500


def test_an_overlay_leaves_normal_positions_as_they_are() -> None:
    image = np.full((32, 32, 1), 90, np.uint8)
    anomaly_map = np.zeros((8, 8), np.float32)
    anomaly_map[0, 0] = 1.0
    drawn = overlay(image, anomaly_map, pixel_threshold=0.5)
    assert drawn.shape == (32, 32, 3)
    assert np.all(drawn[16:, 16:] == 90)
    assert not np.all(drawn[0, 0] == 90)


def test_a_verdicts_map_is_a_small_grey_png() -> None:
    image = Image.open(io.BytesIO(map_png(np.ones((256, 128), np.float32), 0.5)))
    assert (image.format, image.mode, image.size) == ("PNG", "L", (MAP_SIDE // 2, MAP_SIDE))
