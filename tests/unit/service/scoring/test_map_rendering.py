"""Drawing anomaly maps."""

import io

import cv2
import numpy as np
from PIL import Image

from service.scoring.map_rendering import MAP_SIDE, OPACITY, layer_png, map_png, overlay, to_grey, to_heat


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


def test_heat_is_inferno() -> None:
    greys = np.arange(256, dtype=np.float32)[np.newaxis]
    inferno = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[np.newaxis], cv2.COLORMAP_INFERNO)[..., ::-1]
    assert np.abs(to_heat(greys, 127.5).astype(int) - inferno).max() <= 5


def test_a_layer_is_transparent_where_nothing_is() -> None:
    layer = Image.open(io.BytesIO(layer_png(np.array([[0, 255]], np.uint8)))).convert("RGBA")
    assert layer.getpixel((0, 0)) == (0, 0, 4, 0)
    assert layer.getpixel((1, 0)) == (252, 255, 164, round(255 * OPACITY))
