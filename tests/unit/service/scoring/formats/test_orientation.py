"""Images made upright, as OpenCV turns them."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from service.scoring.formats.orientation import is_turned, upright
from tests.support.encoded import noise

TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda image: image,
    2: lambda image: cv2.flip(image, 1),
    3: lambda image: cv2.rotate(image, cv2.ROTATE_180),
    4: lambda image: cv2.flip(image, 0),
    5: lambda image: cv2.transpose(image),  # noqa: PLW0108 - typed as the others
    6: lambda image: cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE),
    7: lambda image: cv2.rotate(cv2.transpose(image), cv2.ROTATE_180),
    8: lambda image: cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE),
    9: lambda image: image,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
def test_every_orientation_is_turned_and_mirrored(shape: tuple[int, ...], orientation: int) -> None:
    image = noise(shape)
    found = upright(image.astype(np.uint8), orientation)
    assert np.array_equal(found, TURNS[orientation](image))
    assert found.flags.c_contiguous
    assert is_turned(orientation) == (found.shape[:2] == (30, 20))
