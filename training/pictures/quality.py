"""How like its clean original an image is: PSNR and SSIM."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from training.trainer.result import Image


@dataclass(frozen=True, slots=True)
class Quality:
    """Of an image against its clean original."""

    psnr: float | None
    """Peak signal-to-noise ratio in dB: 10 log10(255^2 / mean squared error); None if they are the same."""
    ssim: float
    """Structural similarity, at most 1: Wang, Bovik, Sheikh & Simoncelli, IEEE Trans. Image Processing (2004)."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An image before and after it was restored, each against its clean original."""

    given: Quality
    restored: Quality


def compared(original: Image, given: Image, restored: Image) -> Compared:
    """Measure both, uint8 [height, width, channels] like the original."""
    return Compared(quality(given, original), quality(restored, original))


def quality(image: Image, original: Image) -> Quality:
    """Compare two images, uint8 [height, width, channels] with no side under 7."""
    from skimage import metrics  # noqa: PLC0415 - with scipy it takes a second

    same = np.array_equal(image, original)
    psnr = None if same else float(metrics.peak_signal_noise_ratio(original, image, data_range=255))
    return Quality(psnr, float(metrics.structural_similarity(original, image, data_range=255, channel_axis=-1)))


def mean(found: Sequence[Compared]) -> Compared:
    """The means of at least one."""
    return Compared(_mean([each.given for each in found]), _mean([each.restored for each in found]))


def _mean(found: Sequence[Quality]) -> Quality:
    """Of PSNR, that of images that are not the same as their originals."""
    ratios = [each.psnr for each in found if each.psnr is not None]
    return Quality(fmean(ratios) if ratios else None, fmean(each.ssim for each in found))
