import cv2
import numpy as np
import pytest

from service.scoring.decoding import decode
from tests.support.drawn_parts import draw_part
from tests.support.inspection_log import speckled
from training.data.duplicate_filter import DuplicateFilter
from training.data.pixels import LIMITS


@pytest.mark.parametrize("bit_depth", [8, 16])
def test_different_parts_are_all_new_however_alike(bit_depth: int) -> None:
    looks = DuplicateFilter()
    assert all(looks.is_new(draw_part(seed, bit_depth=bit_depth)) for seed in range(100))


@pytest.mark.parametrize("bit_depth", [8, 16])
def test_the_same_part_with_a_little_noise_is_not_new(bit_depth: int) -> None:
    looks, random = DuplicateFilter(), np.random.default_rng(0)
    for seed in range(20):
        looks.remember(draw_part(seed, bit_depth=bit_depth))
    for seed in range(20):
        part = draw_part(seed, bit_depth=bit_depth)
        noisy = np.clip(part + random.normal(0.0, 1.0, part.shape), 0, np.iinfo(part.dtype).max)
        assert not looks.is_new(noisy.astype(part.dtype))


def test_an_image_encoded_again_is_not_new() -> None:
    looks = DuplicateFilter()
    images = [decode(speckled(seed), LIMITS) for seed in range(10)]
    assert all(looks.is_new(image) for image in images)
    again = [
        decode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes(), LIMITS) for image in images
    ]
    assert not any(looks.is_new(image) for image in again)


def test_the_very_same_image_is_not_new_from_the_first_on() -> None:
    looks, image = DuplicateFilter(), draw_part(1)
    assert looks.is_new(image)
    assert not looks.is_new(image)
    assert looks.is_new(draw_part(2))


def test_a_mono_image_is_compared_as_well() -> None:
    looks, part = DuplicateFilter(), draw_part(1, colour=False)
    assert looks.is_new(part)
    assert not looks.is_new(np.dstack([part, part, part]))
