import numpy as np

from training.evaluation.packed_mask import PackedMask


def test_a_mask_comes_back_as_it_was_whatever_its_size() -> None:
    for size in ((1, 1), (7, 3), (16, 24), (5, 40)):
        mask = np.random.default_rng(0).random(size) > 0.5
        found = PackedMask.of(mask).pixels()
        assert found.dtype == np.bool_
        np.testing.assert_array_equal(found, mask)


def test_a_region_in_a_large_image_takes_a_few_kilobytes() -> None:
    mask = np.zeros((1000, 1200), np.bool_)
    mask[200:400, 300:500] = True
    assert len(PackedMask.of(mask).bits) < 4096
