from pathlib import Path

import cv2
import numpy as np
import pytest

from deploy.demo.retraining import lamp
from service.scoring.image import Pixels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tenth_of_every_grey_value_is_gone(dtype: type) -> None:
    image: Pixels = np.array([[0, 100, 255]], dtype)
    assert lamp.darken(image).tolist() == [[0, 90, 230]]
    assert lamp.darken(image).dtype == dtype


def test_a_darker_picture_keeps_its_colours_and_size(tmp_path: Path) -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[..., 2] = 200
    cv2.imwrite(str(tmp_path / "bright.png"), picture)
    written = lamp.write_darker(tmp_path / "bright.png", tmp_path / "dark" / "part.png")
    found = cv2.imread(str(written), cv2.IMREAD_COLOR)
    assert found is not None
    assert np.array_equal(found[..., 2], np.full((4, 6), 180))
    assert not found[..., :2].any()


def test_a_mono_picture_stays_mono(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "bright.png"), np.full((4, 6), 1000, np.uint16))
    lamp.write_darker(tmp_path / "bright.png", tmp_path / "dark.png")
    found = cv2.imread(str(tmp_path / "dark.png"), cv2.IMREAD_UNCHANGED)
    assert found is not None
    assert found.dtype == np.uint16
    assert np.array_equal(found, np.full((4, 6), 900))
