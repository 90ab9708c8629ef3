"""Dividing the normal set into fit, validation and calibration."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from training.dataset import ImageFile
from training.errors import TooFewImages, TrainingError

CALIBRATION_SHARE = 0.25
VALIDATION_SHARE = 0.1
SMALLEST_VALIDATION = 3
SMALLEST_SET = 16
SMALLEST_TAIL_SET = 40
"""Half of so many normal images is the least that a tail is fitted to."""

SPARE = 1.1
"""A threshold that is the very largest calibration score is a noisy one: take a tenth more if it can be had."""


@dataclass(frozen=True, slots=True)
class Split:
    """Three disjoint parts of the normal set, each in order of rank."""

    fit: tuple[ImageFile, ...]
    validation: tuple[ImageFile, ...]
    calibration: tuple[ImageFile, ...]


def split(images: Sequence[ImageFile], false_alarm_rate: float, seed: int, *, extrapolate: bool = False) -> Split:
    """Rank images by the hash of their content and the seed, then cut: names and order do not matter.

    Raises:
        TooFewImages: if half of the images are too few to calibrate for the budget, unless it may be extrapolated.
        TrainingError: if there are too few to fit, or to extrapolate from, at all.
    """
    total = len(images)
    smallest = SMALLEST_TAIL_SET if extrapolate else SMALLEST_SET
    if total < smallest:
        for_what = " for --tail extrapolate" if extrapolate else ""
        raise TrainingError(f"expected at least {smallest} normal images{for_what}, found {total}; collect more")
    calibration = _calibration_size(total, false_alarm_rate, extrapolate=extrapolate)
    validation = max(SMALLEST_VALIDATION, round(VALIDATION_SHARE * total))
    ranked = sorted(images, key=lambda image: hashlib.sha256(f"{seed}:{image.digest}".encode()).digest())
    return Split(
        fit=tuple(ranked[calibration + validation :]),
        validation=tuple(ranked[calibration : calibration + validation]),
        calibration=tuple(ranked[:calibration]),
    )


def needed_for(false_alarm_rate: float) -> int:
    """The smallest number n of calibration images that supports a budget: 1 / (n + 1) <= rate."""
    return max(1, math.ceil(1.0 / false_alarm_rate - 1.0 - 1e-9))


def smallest_rate(total: int) -> float:
    """The smallest false-alarm rate that a normal set of this size supports."""
    return 1.0 / (total // 2 + 1)


def _calibration_size(total: int, false_alarm_rate: float, *, extrapolate: bool) -> int:
    needed, most = needed_for(false_alarm_rate), total // 2
    if needed > most and not extrapolate:
        rate = smallest_rate(total)
        raise TooFewImages(
            f"expected at least {2 * needed} normal images, found {total}: a false-alarm rate of {false_alarm_rate:g} "
            f"needs {needed} of them in calibration, which may take half; collect more, "
            f"or ask for --false-alarm-rate {_rounded_up(rate):g} or higher, "
            "or for --tail extrapolate, which promises nothing",
            smallest_false_alarm_rate=rate,
        )
    return min(most, max(round(CALIBRATION_SHARE * total), math.ceil(SPARE * needed)))


def _rounded_up(rate: float) -> float:
    """To four decimals, never below the rate itself."""
    return math.ceil(rate * 1e4) / 1e4
