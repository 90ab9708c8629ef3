"""Image formats by their first bytes."""

import cv2
import numpy as np
import pytest

from service.scoring.formats.signatures import suffix


def noise(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def encoded(extension: str, image: np.ndarray) -> bytes:
    return cv2.imencode(extension, image)[1].tobytes()


@pytest.mark.parametrize(
    ("extension", "expected"), [(".jpg", ".jpg"), (".png", ".png"), (".bmp", ".bmp"), (".tiff", ".tif")]
)
def test_the_suffix_of_a_file_follows_from_its_bytes(extension: str, expected: str) -> None:
    assert suffix(encoded(extension, noise((20, 30), np.uint8))) == expected
    assert suffix(b"GIF89a") == suffix(b"") == ""
