"""Areas that are never scored."""

import numpy as np
import pytest

from service.scoring.ignored import FILL, fill_ignored, ignored_mask, pack_mask


def test_a_mask_is_packed_into_little_text_and_read_again() -> None:
    mask = np.zeros((256, 320), np.bool_)
    mask[100:200, 7:100] = True
    packed = pack_mask(mask)
    assert len(packed) < 500
    np.testing.assert_array_equal(ignored_mask(packed), mask)


def test_nothing_ignored_is_no_text() -> None:
    assert pack_mask(np.zeros((8, 8), np.bool_)) == ""
    pixels = np.ones((8, 8, 1), np.uint8)
    assert fill_ignored(pixels, "") is pixels


def test_what_is_ignored_is_always_the_same() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[:4] = True
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    found = fill_ignored(pixels, pack_mask(mask))
    assert (found[:4] == FILL).all()
    np.testing.assert_array_equal(found[4:], pixels[4:])


@pytest.mark.parametrize("text", ["no base64!", "aGVsbG8="])
def test_what_is_no_mask_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected ignored areas as a PNG in base64"):
        ignored_mask(text)
