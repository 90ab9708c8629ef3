import cv2
import numpy as np

from training.report.images import GAP, sheet


def test_images_stand_in_rows_on_white() -> None:
    images = np.stack([np.full((2, 3, 3), (level, 0, 0), np.uint8) for level in (10, 20, 30)])
    page = cv2.imdecode(np.frombuffer(sheet(images, 2), np.uint8), cv2.IMREAD_COLOR)
    assert page is not None
    red = page[..., 2]
    assert red.shape == (2 * 2 + GAP, 2 * 3 + GAP)
    assert [red[0, 0], red[0, 3 + GAP], red[2 + GAP, 0], red[2 + GAP, 3 + GAP]] == [10, 20, 30, 255]


def test_mono_images_make_a_mono_picture() -> None:
    page = cv2.imdecode(np.frombuffer(sheet(np.full((1, 2, 2, 1), 7, np.uint8), 1), np.uint8), cv2.IMREAD_UNCHANGED)
    assert page is not None
    assert page.tolist() == [[7, 7], [7, 7]]
