"""Whether what was sampled is flat: a robust slope after warm-up, and a rule."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import theilslopes

from deploy.soak.samples import Sample

WARM_UP_SHARE = 0.25
"""This share of the samples is left out at the beginning: caches fill, threads start."""
WARM_UP_SAMPLES = 60
"""And never more than so many."""
FEWEST_SAMPLES = 4
MOST_GROWTH = 0.02
"""Of the median: memory that grows by less over a phase, by its slope, is flat."""
MOST_STEP = 2
"""Descriptors and threads whose medians of the first and last third differ by no more are flat."""
MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Slope:
    """Theil-Sen slope of memory over images, with its 95 % interval, in MB per million images."""

    mb_per_million: float
    low: float
    high: float
    growth_mb: float
    """What it comes to over the samples that it was measured on."""
    median_mb: float

    @property
    def is_flat(self) -> bool:
        """Memory does not grow: the interval reaches 0 or below, or the growth is too small to matter."""
        return self.low <= 0.0 or self.growth_mb < MOST_GROWTH * self.median_mb


@dataclass(frozen=True, slots=True)
class Level:
    """A count at the beginning and at the end: medians of the first and last third of the samples."""

    first: float
    last: float
    most: int

    @property
    def is_flat(self) -> bool:
        """It has not risen."""
        return self.last - self.first <= MOST_STEP


def warmed_up(samples: Sequence[Sample]) -> Sequence[Sample]:
    """The samples after the start, when no image has come through yet, and after warm-up."""
    working = [sample for sample in samples if sample.images]
    return working[min(round(WARM_UP_SHARE * len(working)), WARM_UP_SAMPLES) :]


def memory_slope(samples: Sequence[Sample]) -> Slope:
    """The slope of memory over images.

    Raises:
        ValueError: if there are too few samples, or no images came through between them.
    """
    images = np.array([each.images for each in samples], np.float64)
    if len(samples) < FEWEST_SAMPLES or images[0] == images[-1]:
        raise ValueError(f"expected at least {FEWEST_SAMPLES} samples with images between them, found {len(samples)}")
    memory = np.array([each.rss_mb for each in samples])
    slope, _, low, high = theilslopes(memory, images / MILLION)
    grown = float(slope) * float(images[-1] - images[0]) / MILLION
    return Slope(float(slope), float(low), float(high), grown, float(np.median(memory)))


def level(counts: Sequence[int]) -> Level:
    """The level of a count over the samples."""
    third = max(1, len(counts) // 3)
    return Level(statistics.median(counts[:third]), statistics.median(counts[-third:]), max(counts))
