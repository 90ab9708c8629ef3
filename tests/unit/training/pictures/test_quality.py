import math

import numpy as np
import pytest

from training.pictures.quality import Compared, Quality, compared, mean, quality

CLEAN = np.tile(np.arange(32, dtype=np.uint8)[:, None, None] * 4, (1, 32, 3))


@pytest.mark.parametrize("channels", [1, 3])
def test_psnr_is_of_the_mean_squared_error_and_ssim_falls_with_noise(channels: int) -> None:
    clean = CLEAN[..., :channels]
    found = quality(clean + np.uint8(5), clean)
    assert found.psnr == pytest.approx(10 * math.log10(255**2 / 25))
    assert found.ssim > 0.9
    noise = np.random.default_rng(0).integers(0, 60, clean.shape, np.uint8)
    assert quality(clean + noise, clean).ssim < 0.5


def test_the_same_image_has_no_psnr_and_an_ssim_of_1() -> None:
    both = compared(CLEAN, CLEAN, CLEAN + np.uint8(1))
    assert both.given.psnr is None
    assert both.given.ssim == pytest.approx(1.0)
    assert both.restored.psnr == pytest.approx(48.13, abs=0.01)


def test_the_mean_of_psnr_leaves_out_those_that_are_the_same() -> None:
    first = Compared(Quality(None, 1.0), Quality(30.0, 0.8))
    second = Compared(Quality(None, 0.6), Quality(20.0, 0.4))
    found = mean([first, second])
    assert found.given.psnr is None
    assert [found.given.ssim, found.restored.psnr, found.restored.ssim] == pytest.approx([0.8, 25.0, 0.6])
    assert mean([Compared(Quality(10.0, 1.0), Quality(30.0, 0.8)), first]).given.psnr == 10.0
